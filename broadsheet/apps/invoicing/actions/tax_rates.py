"""Dated tax rates: a new one follows the old, and what was issued keeps its own."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.db import transaction

from broadsheet.apps.invoicing.models import TaxRateRow
from broadsheet.domain.tax import INDIA, MOST_RATE_BP
from broadsheet.plumbing.audit import record_deed

TAX_CLASS = re.compile(r"[a-z0-9-]{1,30}", re.ASCII)


class CannotSetRate(ValueError):  # noqa: N818
    """The rate cannot stand as asked; the message says why."""


@transaction.atomic
def put_tax_rate(
    *,
    country: str,
    tax_class: str,
    rate_bp: int,
    code: str,
    starts_on: date,
    actor: str,
    now: datetime,
) -> TaxRateRow:
    """Let a tax class be taxed at ``rate_bp`` from ``starts_on`` on; the rate before ends there.

    Said twice, it changes nothing. Raises ``CannotSetRate``.
    """
    _check(country, tax_class, rate_bp, code)
    standing = (
        TaxRateRow.objects.select_for_update()
        .filter(country=country, tax_class=tax_class, ends_on=None)
        .first()
    )
    if standing is not None:
        if (standing.rate_bp, standing.code) == (rate_bp, code) and standing.starts_on <= starts_on:
            return standing
        if starts_on <= standing.starts_on:
            raise CannotSetRate(
                f"A rate stands from {standing.starts_on:%Y-%m-%d} already; choose a later day."
            )
        TaxRateRow.objects.filter(pk=standing.pk).update(ends_on=starts_on)
    made = TaxRateRow.objects.create(
        country=country, tax_class=tax_class, rate_bp=rate_bp, code=code, starts_on=starts_on
    )
    record_deed(
        actor=actor,
        deed="put_tax_rate",
        subject=f"invoicing.taxrate:{made.pk}",
        now=now,
        country=country,
        tax_class=tax_class,
        rate_bp=rate_bp,
        code=code,
        starts_on=starts_on.isoformat(),
    )
    return made


def _check(country: str, tax_class: str, rate_bp: int, code: str) -> None:
    if not re.fullmatch("[A-Z]{2}", country):
        raise CannotSetRate("A country is two capital letters (ISO 3166), such as IN.")
    if not TAX_CLASS.fullmatch(tax_class):
        raise CannotSetRate("A tax class is a short word such as online or print.")
    if not 0 <= rate_bp <= MOST_RATE_BP:
        raise CannotSetRate("A tax rate is between 0 and 100 per cent.")
    if not re.fullmatch(r"[0-9]{0,8}", code):
        raise CannotSetRate("An HSN or SAC is at most eight digits, such as 998431.")
    if country == INDIA and len(code) < 4:  # noqa: PLR2004
        raise CannotSetRate("In India a rate needs its HSN or SAC of four to eight digits.")
