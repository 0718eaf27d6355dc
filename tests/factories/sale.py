"""A paper with three plans, a reader, and a bank to pay them at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from broadsheet.apps.accounts.actions import register_reader
from broadsheet.apps.accounts.models import Reader, User
from broadsheet.apps.benefits.actions import put_benefit
from broadsheet.apps.invoicing.queries import check_invoices
from broadsheet.apps.payments.actions.begin_checkout import CheckoutStanding
from broadsheet.apps.payments.actions.reap_charges import check_charge
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.gateways.test.adapter import TestGateway
from broadsheet.apps.payments.models import Charge, LedgerEntry
from broadsheet.apps.payments.queries import check_ledger
from broadsheet.apps.plans.actions import put_plan, set_price
from broadsheet.apps.subscriptions.actions.start_subscription import check_out
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries import check_terms
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.charge import ChargeState
from broadsheet.domain.money import Money
from tests.factories.bank import RunningBank

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PRICES = {
    "smart-quarterly": (3, 90_000),
    "smart-essential": (12, 270_000),
    "super-saver": (24, 390_000),
}
GIFTS = {"smart-quarterly": 5, "smart-essential": 10, "super-saver": 15}
BENEFITS = {
    "premium": ("Premium stories", "Every premium story, more than 30 a day."),
    "unlimited": ("No limit", "As many stories as you like."),
    "ad-free": ("No advertising", "No advertisements on any page."),
}


def lay_out_plans(*, now: datetime = LONG_AGO) -> None:
    """The three plans and three benefits of the contract."""
    for position, (code, (name, sentence)) in enumerate(BENEFITS.items()):
        put_benefit(
            code=code, name=name, sentence=sentence, position=position, actor="test", now=now
        )
    for position, (code, (months, minor)) in enumerate(PRICES.items()):
        put_plan(
            code=code,
            name=code.replace("-", " ").capitalize(),
            length=TermLength(months, TermUnit.MONTH),
            benefits=BENEFITS,
            gifts_per_month=GIFTS[code],
            position=position,
            actor="test",
            now=now,
        )
        set_price(
            plan_code=code, amount=Money(minor, "INR"), starts_at=LONG_AGO, actor="test", now=now
        )


def make_reader(email: str = "meenal@example.org", *, password: str | None = None) -> Reader:
    user = User.objects.create_user(email, password)
    return register_reader(user=user, now=LONG_AGO)


def gateway_of(bank: RunningBank, **more: Any) -> TestGateway:
    return TestGateway(address=bank.address, key_file=bank.key_file, merchant="The Lantern", **more)


@dataclass
class Sale:
    """One reader's way to a subscription, by the doors that the pages use."""

    bank: RunningBank
    gateway: Gateway
    reader: Reader

    def open_gateway(self, code: str) -> Gateway:
        assert code == self.gateway.code
        return self.gateway

    def check_out(
        self, now: datetime, plan: str = "smart-quarterly", **more: Any
    ) -> CheckoutStanding:
        asked: dict[str, Any] = {
            "reader_id": self.reader.pk,
            "plan_code": plan,
            "shown": Money(PRICES[plan][1], "INR"),
            "gateway": self.gateway,
            "return_url_of": lambda uid: f"/subscribe/checkout/{uid}/",
            "continue_to": "/city/",
            "now": now,
        }
        return check_out(**{**asked, **more})

    def come_back(self, now: datetime) -> ChargeState:
        """The reader's return: ask the bank about the newest charge."""
        charge = Charge.objects.order_by("-pk")[0]
        return check_charge(
            charge_id=charge.pk, open_gateway=self.open_gateway, now=now, heard_by="return"
        )

    def subscribe(self, now: datetime, plan: str = "smart-quarterly") -> Subscription:
        """The whole way: check out, approve, come back."""
        standing = self.check_out(now, plan)
        assert self.bank.decide(standing.url, "approve").status_code == 303
        assert self.come_back(now) is ChargeState.SUCCEEDED
        return Subscription.objects.get(reader=self.reader, state="active")


def assert_books_hold(now: datetime) -> None:
    """Every invariant, and the sum of the whole ledger."""
    found = (
        *check_ledger(now + timedelta(days=1)),
        *check_invoices(now),
        *check_terms(now),
    )
    assert [invariant for invariant in found if not invariant.ok] == []
    assert sum(LedgerEntry.objects.values_list("amount_minor", flat=True)) == 0
