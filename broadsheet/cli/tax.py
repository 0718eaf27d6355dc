"""``broadsheet tax …``"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from broadsheet.cli._print import answer, open_house, with_json

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def group() -> None:
    """What sales are taxed at: dated rates by country and tax class."""


@group.command("list")
@with_json
def list_(as_json: bool) -> None:
    """Every rate, past, standing and to come."""
    open_house()
    from broadsheet.apps.invoicing.queries import list_tax_rates

    rates = [
        {
            "country": rate.country,
            "tax_class": rate.tax_class,
            "percent": str(Decimal(rate.rate_bp).scaleb(-2)),
            "code": rate.code,
            "starts_on": rate.starts_on.isoformat(),
            "ends_on": rate.ends_on.isoformat() if rate.ends_on else None,
        }
        for rate in list_tax_rates()
    ]
    answer({"rates": rates}, as_json=as_json, words="\n".join(map(_say, rates)) or "No rates yet.")


@group.command()
@click.option("--country", required=True, help="Two letters (ISO 3166), such as IN.")
@click.option(
    "--class", "tax_class", required=True, help="What is taxed: online, print or your own word."
)
@click.option("--percent", required=True, help="The whole rate, such as 18 or 2.1.")
@click.option("--code", default="", help="HSN or SAC, such as 998431; India asks for it.")
@click.option("--from", "since", type=DAY, required=True, help="First day on which it holds.")
@with_json
def rate(
    *, country: str, tax_class: str, percent: str, code: str, since: datetime, as_json: bool
) -> None:
    """Let a tax class be taxed at a rate from a day on; the rate before ends there."""
    open_house()
    laid = [(tax_class, _read_percent(percent), code)]
    _lay_down(country.upper(), laid, since.date(), as_json=as_json)


@group.command()
@click.argument("country")
@click.option("--from", "since", type=DAY, required=True, help="First day on which they hold.")
@with_json
def adopt(country: str, since: datetime, as_json: bool) -> None:
    """Lay down the usual rates of COUNTRY, as we know them; ask your accountant."""
    open_house()
    from broadsheet.domain.tax import USUAL_RATES

    country = country.upper()
    if country not in USUAL_RATES:
        known = ", ".join(USUAL_RATES)
        raise click.UsageError(f"Usual rates are known of {known} only; say yours by `tax rate`.")
    _lay_down(country, list(USUAL_RATES[country]), since.date(), as_json=as_json)


def _lay_down(
    country: str, laid: list[tuple[str, int, str]], since: date, *, as_json: bool
) -> None:
    from django.db import transaction

    from broadsheet.apps.invoicing.actions import CannotSetRate, put_tax_rate
    from broadsheet.plumbing import clock

    try:
        with transaction.atomic():
            for tax_class, rate_bp, code in laid:
                put_tax_rate(
                    country=country,
                    tax_class=tax_class,
                    rate_bp=rate_bp,
                    code=code,
                    starts_on=since,
                    actor="cli",
                    now=clock.now(),
                )
    except CannotSetRate as error:
        raise click.UsageError(str(error)) from error
    facts = {"country": country, "classes": [tax_class for tax_class, _bp, _code in laid]}
    words = f"{country}: {', '.join(facts['classes'])} from {since}."
    answer({**facts, "starts_on": since.isoformat()}, as_json=as_json, words=words)


def _read_percent(written: str) -> int:
    try:
        rate_bp = Decimal(written.removesuffix("%")) * 100
    except InvalidOperation as error:
        raise click.UsageError("--percent must be a number such as 18 or 2.1.") from error
    if not rate_bp.is_finite() or rate_bp != int(rate_bp):
        raise click.UsageError("--percent has at most two digits after the point.")
    return int(rate_bp)


def _say(rate: dict[str, Any]) -> str:
    until = f" until {rate['ends_on']}" if rate["ends_on"] else ""
    code = f" ({rate['code']})" if rate["code"] else ""
    return f"{rate['country']} {rate['tax_class']}{code}: {rate['percent']} % from {rate['starts_on']}{until}"
