"""``broadsheet payment …``"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from broadsheet.cli._print import answer, open_house, with_json
from broadsheet.domain.money import Money, units_in_major

if TYPE_CHECKING:
    from broadsheet.apps.payments.models import Refund

USUAL_DAYS = 60
ACTOR = "command line"


@click.group()
def group() -> None:
    """Charges, refunds and what the gateways say of them."""


@group.command()
@click.option(
    "--since",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help=f"Compare from this day on; without it the last {USUAL_DAYS} days.",
)
@with_json
def reconcile(since: datetime | None, as_json: bool) -> None:
    """Ask about every open charge, then lay our book beside each gateway's, both ways."""
    open_house()
    from django.conf import settings

    from broadsheet.apps.payments.actions.reconcile_gateway import reconcile_gateway
    from broadsheet.apps.payments.gateways import list_gateways, open_gateway
    from broadsheet.apps.payments.gateways.contract import CannotReachGateway
    from broadsheet.domain.billing_calendar import day_begins
    from broadsheet.plumbing import clock

    now = clock.now()
    begin = now - timedelta(days=USUAL_DAYS)
    if since is not None:
        begin = day_begins(since.date(), settings.PAPER.zone)
        if begin > now:
            raise click.UsageError("--since lies in the future; name a day that is past.")
    checked = settled = 0
    wrong: list[str] = []
    for code in list_gateways():
        try:
            found = reconcile_gateway(gateway=open_gateway(code), since=begin, now=now)
        except CannotReachGateway as error:
            wrong.append(f"{code}: its book cannot be read just now: {error}")
            continue
        checked += found.checked
        settled += found.settled
        wrong += found.mismatched
    words = "\n".join([f"{checked} checked, {settled} settled, {len(wrong)} mismatched.", *wrong])
    facts = {"checked": checked, "settled": settled, "mismatched": len(wrong), "details": wrong}
    answer(facts, as_json=as_json, words=words, failed=bool(wrong))


@group.command()
@click.argument("payment")
@click.argument("amount")
@click.option("--reason", required=True, help="Why, in a few words; the reader reads it.")
@with_json
def refund(payment: str, amount: str, *, reason: str, as_json: bool) -> None:
    """Give AMOUNT (such as 300 or 299.50, or the word whole) of PAYMENT back to its reader.

    PAYMENT is the receipt's number, such as R-2026-000017, or the key of a charge whose money is
    quarantined, such as bs-…-2: of that the whole goes back. The company is asked at once; where it
    cannot be reached the worker goes on trying.
    """
    open_house()
    from broadsheet.apps.payments.actions.give_refund import CannotRefund, send_refund
    from broadsheet.apps.payments.gateways import open_gateway
    from broadsheet.plumbing import clock

    try:
        planned = _promise(payment, amount, reason)
    except CannotRefund as refused:
        raise click.UsageError(str(refused)) from refused
    asked = planned.amount
    state = send_refund(refund_id=planned.pk, open_gateway=open_gateway, now=clock.now())
    facts = {
        "refund": planned.key,
        "payment": payment,
        "amount_minor": asked.minor,
        "currency": asked.currency,
        "state": state.value,
    }
    words = f"{planned.key}: {asked.minor} minor units of {asked.currency}, {state.value}."
    answer(facts, as_json=as_json, words=words, failed=state.value == "declined")


@group.command()
@click.argument("order", type=click.IntRange(1))
@click.argument("amount")
@click.argument("reference")
@with_json
def record(order: int, amount: str, reference: str, *, as_json: bool) -> None:
    """Enter a bank transfer of AMOUNT that has come for ORDER, by its REFERENCE on the statement."""
    open_house()
    from broadsheet.apps.payments.actions.record_transfer import CannotRecord, record_transfer
    from broadsheet.apps.payments.queries import find_order
    from broadsheet.plumbing import clock

    found = find_order(order)
    if found is None:
        raise click.UsageError(f"There is no order {order}.")
    try:
        payment = record_transfer(
            order_id=order,
            amount=_read_amount(amount, found.currency),
            reference=reference,
            actor=ACTOR,
            now=clock.now(),
        )
    except CannotRecord as refused:
        raise click.UsageError(str(refused)) from refused
    payment.refresh_from_db()
    facts = {"order": order, "payment": payment.number, "reference": reference}
    answer(facts, as_json=as_json, words=f"Order {order} is paid: receipt {payment.number}.")


@group.command()
@click.argument("refund_key")
@click.argument("reference")
@with_json
def repaid(refund_key: str, reference: str, *, as_json: bool) -> None:
    """Say that REFUND_KEY was sent back from the bank account, by its REFERENCE there."""
    open_house()
    from broadsheet.apps.payments.actions.record_transfer import CannotRecord, record_paid_back
    from broadsheet.apps.payments.queries import find_refund
    from broadsheet.plumbing import clock

    found = find_refund(refund_key)
    if found is None:
        raise click.UsageError(f"There is no refund {refund_key}.")
    try:
        state = record_paid_back(
            refund_id=found.pk, reference=reference, actor=ACTOR, now=clock.now()
        )
    except CannotRecord as refused:
        raise click.UsageError(str(refused)) from refused
    facts = {"refund": refund_key, "state": state.value}
    answer(facts, as_json=as_json, words=f"{refund_key}: {state.value}.")


@group.command()
@click.option("--now", "at_once", is_flag=True, help="See to what waits before listing the rest.")
@with_json
def inbox(*, at_once: bool, as_json: bool) -> None:
    """What gateways have told us that is not settled yet, and who has fallen silent."""
    open_house()
    from broadsheet.apps.payments.actions.see_to_inbox import see_to_inbox
    from broadsheet.apps.payments.gateways import open_gateway
    from broadsheet.apps.payments.queries import list_silent_gateways, list_waiting_words
    from broadsheet.plumbing import clock

    now = clock.now()
    if at_once:
        see_to_inbox(now=now, open_gateway=open_gateway)
    waiting = [
        {
            "gateway": one.gateway,
            "event": one.event_id,
            "kind": one.kind,
            "state": one.state,
            "received_at": one.received_at.isoformat(),
            "tries": one.tries,
            "trouble": one.last_error,
        }
        for one in list_waiting_words()
    ]
    silent = [
        {"gateway": one.code, "charges": one.charges, "since": one.since.isoformat()}
        for one in list_silent_gateways(now)
    ]
    lines = [f"{len(waiting)} waiting, {len(silent)} silent."]
    lines += [
        f"{one['gateway']}  {one['kind']}  {one['event']}  {one['state']}  {one['trouble']}"
        for one in waiting
    ]
    lines += [
        f"{one['gateway']} is silent: {one['charges']} charges since {one['since']}"
        for one in silent
    ]
    facts = {"waiting": waiting, "silent": silent}
    answer(facts, as_json=as_json, words="\n".join(lines), failed=bool(silent))


def _promise(payment: str, amount: str, reason: str) -> Refund:
    from broadsheet.apps.payments.actions.give_refund import plan_quarantined_refund, plan_refund
    from broadsheet.apps.payments.queries import find_charge, find_payment
    from broadsheet.plumbing import clock

    charge = find_charge(payment)
    if charge is not None and amount == "whole":
        return plan_quarantined_refund(
            charge_id=charge.pk, reason=reason, actor=ACTOR, now=clock.now()
        )
    found = find_payment(payment)
    if found is None:
        raise click.UsageError(f"There is no payment with the receipt number {payment}.")
    left = Money(found.amount_minor - found.refunded_minor, found.currency)
    asked = left if amount == "whole" else _read_amount(amount, found.currency)
    return plan_refund(
        payment_id=found.pk, amount=asked, reason=reason, actor=ACTOR, now=clock.now()
    )


def _read_amount(text: str, currency: str) -> Money:
    """``2700`` or ``2,700.50`` → minor units. Refuses more digits than the currency has."""
    unit = units_in_major(currency)
    digits = len(str(unit)) - 1
    found = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]+))?", text.replace(",", ""))
    if found is None or len(found[2] or "") > digits:
        raise click.UsageError(
            f"{text!r} is no amount of {currency}; write it as 2700"
            + (f" or 2700.{'5'.ljust(digits, '0')}." if digits else ".")
        )
    return Money(int(found[1]) * unit + int((found[2] or "0").ljust(digits, "0") or 0), currency)
