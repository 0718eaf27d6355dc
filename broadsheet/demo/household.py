"""The demo's house: roles, plans, benefits, the meter's rule, house pages, advertisements, people."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime

import httpx
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from broadsheet.apps.accounts.actions import register_reader
from broadsheet.apps.accounts.models import Reader, User
from broadsheet.apps.advertising.actions import ensure_house_ad
from broadsheet.apps.benefits.actions import put_benefit
from broadsheet.apps.invoicing.actions import put_billing_details, put_tax_rate
from broadsheet.apps.meter.actions import ensure_first_policy
from broadsheet.apps.newsroom import actions as newsroom
from broadsheet.apps.payments.actions.reconcile_gateway import reconcile_gateway
from broadsheet.apps.payments.gateways import find_gateway_for
from broadsheet.apps.plans.actions import put_coupon, put_plan, set_price
from broadsheet.apps.plans.queries import find_coupon
from broadsheet.apps.subscriptions.actions.start_subscription import check_out
from broadsheet.apps.subscriptions.queries import find_live_subscription
from broadsheet.demo.content import FOLDER
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.coupon import Reduction
from broadsheet.domain.gstin import state_of
from broadsheet.domain.money import Money
from broadsheet.domain.tax import INDIA, USUAL_RATES

ACTOR = "demo"
GST_BEGAN_ON = date(2017, 7, 1)
BENEFITS: tuple[tuple[str, str, str], ...] = (
    ("premium", "Premium stories", "Every investigation, long read and column, with no count."),
    ("unlimited", "Unlimited reading", "Open as many stories as you like; nothing is counted."),
    ("ad-free", "No advertisements", "Not fewer. None, on any page, while you are signed in."),
)
PLANS: tuple[tuple[str, str, int, int, int], ...] = (
    ("smart-quarterly", "Smart Quarterly", 3, 90_000, 5),
    ("smart-essential", "Smart Essential", 12, 270_000, 10),
    ("super-saver", "Super Saver", 24, 390_000, 15),
)
"""Code, name, months, paise, stories to give away each month."""


@dataclass(frozen=True, slots=True)
class Person:
    """One of the demo's accounts; its password is printed and of no use elsewhere."""

    role: str
    email: str
    name: str
    password: str


PEOPLE: tuple[Person, ...] = (
    Person("editor", "lata@lantern.example", "Lata", "lamp-black-and-ink"),
    Person("subscription-manager", "devan@lantern.example", "Devan", "lamp-ledger-and-quill"),
    Person("operator", "ops@lantern.example", "Olivia", "lamp-oil-and-wick"),
    Person("subscriber", "meenal@reader.example", "Meenal", "lamp-lit-every-evening"),
    Person("registered", "arjun@reader.example", "Arjun", "lamp-on-the-landing"),
)
DESK = ("editor", "subscription-manager", "operator")
SUBSCRIBERS_PLAN = PLANS[1]
COUPON = ("LANTERN-25", 2_500)
"""Code, and what it takes off the first term, in basis points."""
HOUSE_ADS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "front",
        "Someone read the water board’s accounts so that you need not",
        "Three plans from ₹162 a month. Two minutes to join, two taps to leave.",
        "/subscribe/",
        "See the plans",
    ),
    (
        "story",
        "This page carries advertisements. A subscriber’s does not",
        "Subscribers read every story, with no count and nothing in between.",
        "/subscribe/",
        "Read without them",
    ),
)


@transaction.atomic
def furnish(*, now: datetime) -> None:
    """Everything that is not a story: done twice, it changes nothing."""
    newsroom.ensure_roles()
    newsroom.ensure_workflow()
    for position, (code, name, sentence) in enumerate(BENEFITS, 1):
        put_benefit(
            code=code, name=name, sentence=sentence, position=position, actor=ACTOR, now=now
        )
    for position, (code, name, months, minor, gifts) in enumerate(PLANS, 1):
        put_plan(
            code=code,
            name=name,
            length=TermLength(months, TermUnit.MONTH),
            benefits=[benefit[0] for benefit in BENEFITS],
            position=position,
            gifts_per_month=gifts,
            actor=ACTOR,
            now=now,
        )
        amount = Money(minor, settings.PAPER.currency)
        set_price(plan_code=code, amount=amount, starts_at=now, actor=ACTOR, now=now)
    _lay_down_rates(now)
    code, share = COUPON
    if find_coupon(code) is None:
        put_coupon(
            code=code,
            reduction=Reduction(share=share),
            starts_at=now,
            ends_at=None,
            limit=None,
            plans=[],
            actor=ACTOR,
            now=now,
        )
    ensure_first_policy(actor=ACTOR, now=now)
    for slot, headline, text, link, link_text in HOUSE_ADS:
        ensure_house_ad(slot=slot, headline=headline, text=text, link=link, link_text=link_text)
    for page in tomllib.loads((FOLDER / "house.toml").read_text(encoding="utf-8"))["page"]:
        newsroom.ensure_house_page(
            slug=page["slug"],
            title=page["title"],
            standfirst=page["standfirst"],
            body=page["body"],
        )


def _lay_down_rates(now: datetime) -> None:
    for tax_class, rate_bp, code in USUAL_RATES[INDIA]:
        put_tax_rate(
            country=INDIA,
            tax_class=tax_class,
            rate_bp=rate_bp,
            code=code,
            starts_on=GST_BEGAN_ON,
            actor=ACTOR,
            now=now,
        )


def welcome_people(*, now: datetime) -> None:
    """The five accounts of the demo; the subscriber pays at the bank like everybody else."""
    for person in PEOPLE:
        with transaction.atomic():
            user = User.objects.filter(email=person.email).first() or User.objects.create_user(
                person.email, person.password, first_name=person.name
            )
            user.is_staff = person.role in DESK
            user.save(update_fields=["is_staff"])
            if person.role in DESK:
                user.groups.set([Group.objects.get(name=person.role)])
            reader = register_reader(user=user, now=now)
        if person.role == "subscriber" and find_live_subscription(reader.pk) is None:
            _subscribe(reader, now=now)


def _subscribe(reader: Reader, *, now: datetime) -> None:
    if number := settings.PAPER.tax_number:
        put_billing_details(
            reader_id=reader.pk, country=INDIA, state=state_of(number), actor=ACTOR, now=now
        )
    code, _, _, minor, _ = SUBSCRIBERS_PLAN
    gateway = find_gateway_for(settings.PAPER.currency)
    standing = check_out(
        reader_id=reader.pk,
        plan_code=code,
        shown=Money(minor, settings.PAPER.currency),
        gateway=gateway,
        return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
        continue_to="/account/",
        now=now,
    )
    httpx.post(settings.PLANT.bank_url + standing.url, data={"choice": "approve"}, timeout=20)
    reconcile_gateway(gateway=gateway, since=now, now=now)
