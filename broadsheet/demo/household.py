"""The demo's house: roles, plans, benefits, the meter's rule, house pages, advertisements, people."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from broadsheet.apps.accounts.actions import register_reader
from broadsheet.apps.accounts.models import User
from broadsheet.apps.benefits.actions import put_benefit
from broadsheet.apps.newsroom import actions as newsroom
from broadsheet.apps.plans.actions import put_plan, set_price
from broadsheet.demo.content import FOLDER
from broadsheet.domain.money import Money

ACTOR = "demo"
BENEFITS: tuple[tuple[str, str, str], ...] = (
    ("premium", "Premium stories", "Every investigation, long read and column, with no count."),
    ("unlimited", "Unlimited reading", "Open as many stories as you like; nothing is counted."),
    ("ad-free", "No advertisements", "Not fewer. None, on any page, while you are signed in."),
)
PLANS: tuple[tuple[str, str, int, int], ...] = (
    ("smart-quarterly", "Smart Quarterly", 3, 90_000),
    ("smart-essential", "Smart Essential", 12, 270_000),
    ("super-saver", "Super Saver", 24, 390_000),
)


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


@transaction.atomic
def furnish(*, now: datetime) -> None:
    """Everything that is not a story: done twice, it changes nothing."""
    newsroom.ensure_roles()
    newsroom.ensure_workflow()
    for position, (code, name, sentence) in enumerate(BENEFITS, 1):
        put_benefit(
            code=code, name=name, sentence=sentence, position=position, actor=ACTOR, now=now
        )
    for position, (code, name, months, minor) in enumerate(PLANS, 1):
        put_plan(
            code=code,
            name=name,
            months=months,
            benefits=[benefit[0] for benefit in BENEFITS],
            position=position,
            actor=ACTOR,
            now=now,
        )
        amount = Money(minor, settings.PAPER.currency)
        set_price(plan_code=code, amount=amount, starts_at=now, actor=ACTOR, now=now)
    for page in tomllib.loads((FOLDER / "house.toml").read_text(encoding="utf-8"))["page"]:
        newsroom.ensure_house_page(
            slug=page["slug"],
            title=page["title"],
            standfirst=page["standfirst"],
            body=page["body"],
        )


def welcome_people(*, now: datetime) -> None:
    """The five accounts of the demo."""
    for person in PEOPLE:
        with transaction.atomic():
            user = User.objects.filter(email=person.email).first() or User.objects.create_user(
                person.email, person.password, first_name=person.name
            )
            user.is_staff = person.role in DESK
            user.save(update_fields=["is_staff"])
            if person.role in DESK:
                user.groups.set([Group.objects.get(name=person.role)])
            register_reader(user=user, now=now)
