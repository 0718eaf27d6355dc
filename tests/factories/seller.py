"""A paper that is registered for tax, and payments to make invoices of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.invoicing.actions import put_billing_details, put_tax_rate
from broadsheet.apps.payments.models import Charge, Order, Payment
from broadsheet.plumbing.paper import Paper

NOON = datetime(2026, 11, 26, 6, 30, tzinfo=UTC)
GSTIN, STATE = "32ZZZCL1997L1ZG", "32"
ELSEWHERE = "27"
BUYERS_GSTIN = "27AAPFU0939F1ZV"


def register(paper: Paper, **more: Any) -> Paper:
    """The same paper with a seller's name, address and GSTIN."""
    said = {
        "legal_name": "Lantern Newspapers Limited",
        "legal_address": "41 Lamp Street, Kadalpur",
        "tax_number": GSTIN,
    }
    return dataclasses.replace(paper, **{**said, **more})


def lay_down_rates(*, starts_on: date = date(2020, 4, 1)) -> None:
    """India's rates of 2026: 18 % on the site, nought on paper."""
    for tax_class, rate_bp, code in (("online", 1_800, "998431"), ("print", 0, "4902")):
        put_tax_rate(
            country="IN",
            tax_class=tax_class,
            rate_bp=rate_bp,
            code=code,
            starts_on=starts_on,
            actor="test",
            now=NOON,
        )


def live_in(reader: Reader, place: str, **more: str) -> None:
    """``IN-27``, ``FR``: where the reader says that they live."""
    country, _, state = place.partition("-")
    put_billing_details(
        reader_id=reader.pk, country=country, state=state, actor="test", now=NOON, **more
    )


def settle(
    reader: Reader,
    *,
    minor: int = 90_000,
    parts: Sequence[Mapping[str, Any]] = (),
    now: datetime = NOON,
) -> Payment:
    """A settled payment as payments writes it, told to nobody yet."""
    uid = uuid4()
    order = Order.objects.create(
        uid=uid,
        reader=reader,
        source=f"test:{uid}",
        purpose=Order.Purpose.RENEWAL,
        state=Order.State.PAID,
        description="Smart Quarterly, 3 months",
        parts=list(parts),
        amount_minor=minor,
        currency="INR",
        gateway="test",
        created_at=now,
        closed_at=now,
    )
    charge = Charge.objects.create(
        order=order,
        n=1,
        key=f"bs-{uid.hex}-1",
        gateway="test",
        amount_minor=minor,
        currency="INR",
        state="succeeded",
        gateway_reference=f"ref-{uid.hex}",
        planned_at=now,
        closed_at=now,
    )
    return Payment.objects.create(
        order=order,
        charge=charge,
        reader=reader,
        amount_minor=minor,
        currency="INR",
        settled_at=now,
        paid_with="Bank of Kadalpur ··11",
        number=f"R-{Payment.objects.count()}",
    )
