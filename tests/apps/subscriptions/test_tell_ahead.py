"""Letters before a charge and before a card runs out: each once, and in the publisher's words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

from broadsheet.apps.payments.models import Mandate
from broadsheet.apps.subscriptions import jobs
from broadsheet.apps.subscriptions.actions.reword_letter import (
    CannotReword,
    restore_letter,
    reword_letter,
)
from broadsheet.apps.subscriptions.actions.stop_subscription import cancel_subscription
from broadsheet.apps.subscriptions.models import LetterText, Notice
from broadsheet.apps.subscriptions.queries.letters import (
    NoSuchLetter,
    get_letter,
    list_letters,
)
from broadsheet.domain.billing_calendar import day_begins
from broadsheet.plumbing.events import dispatch_outbox
from broadsheet.plumbing.formatting import format_date
from broadsheet.plumbing.models import AuditRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def days_before(subscription, days):
    noon = timedelta(hours=12)
    day = subscription.ends_on - timedelta(days=days)
    return day_begins(day, subscription.zone_info) + noon


def tell(at) -> list[str]:
    mail.outbox.clear()
    jobs.tell_of_charges(now=at)
    dispatch_outbox(now=at)
    return [letter.subject for letter in mail.outbox]


def test_a_week_before_and_once(sale, now):
    subscription = sale.subscribe(now)
    dispatch_outbox(now=now)
    assert tell(days_before(subscription, 8)) == []
    subject = f"On {format_date(subscription.ends_on)} we charge ₹900"
    assert tell(days_before(subscription, 7)) == [subject]
    words = mail.outbox[0].body
    assert "Smart quarterly, 3 months" in words
    assert "/account/" in words
    assert tell(days_before(subscription, 6)) == []
    assert list(Notice.objects.values_list("seq", "kind")) == [(2, "before")]


def test_a_year_is_told_a_month_before_too(sale, now):
    subscription = sale.subscribe(now, "smart-essential")
    dispatch_outbox(now=now)
    assert tell(days_before(subscription, 31)) == []
    assert len(tell(days_before(subscription, 30))) == 1
    assert tell(days_before(subscription, 20)) == []
    assert len(tell(days_before(subscription, 5))) == 1
    assert tell(days_before(subscription, 1)) == []


def test_who_stops_is_not_told(sale, now):
    subscription = sale.subscribe(now)
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    dispatch_outbox(now=now)
    assert tell(days_before(subscription, 7)) == []
    assert Notice.objects.count() == 0


def test_a_card_that_runs_out_before_the_charge(sale, now):
    subscription = sale.subscribe(now)
    dispatch_outbox(now=now)
    Mandate.objects.update(valid_until=subscription.ends_on - timedelta(days=1))
    assert tell(days_before(subscription, 31)) == []
    assert tell(days_before(subscription, 30)) == ["How will you pay for Smart quarterly?"]
    assert tell(days_before(subscription, 29)) == []


def test_the_publishers_own_words(sale, now):
    subscription = sale.subscribe(now)
    dispatch_outbox(now=now)
    body = "Dear reader,\r\n{{ amount }} on {{charge_on}} for {{ description }}. <b>{{ paper }}</b>"
    reword_letter(
        name="charge_ahead", subject="Soon: {{ amount }}", body=body, actor="desk", now=now
    )
    assert tell(days_before(subscription, 7)) == ["Soon: ₹900"]
    day = format_date(subscription.ends_on)
    assert mail.outbox[0].body == (
        f"Dear reader,\n₹900 on {day} for Smart quarterly, 3 months. <b>The Lantern</b>\n"
    )
    assert restore_letter(name="charge_ahead", actor="desk", now=now)
    assert not restore_letter(name="charge_ahead", actor="desk", now=now)
    deeds = AuditRow.objects.filter(subject="subscriptions.letter:charge_ahead")
    assert list(deeds.order_by("pk").values_list("deed", flat=True)) == [
        "reword_letter",
        "restore_letter",
    ]


@pytest.mark.parametrize(
    ("subject", "body", "says"),
    [
        ("", "  ", "A letter says something"),
        ("", "{{ amont }}", "knows no {{ amont }}"),
        ("{{ password }}", "Hello", "knows no {{ password }}"),
        ("", "{% if amount %}", "braces mean nothing else"),
        ("", "{{ amount|safe }}", "braces mean nothing else"),
        ("two\nlines", "Hello", "one line"),
        ("", "x" * 6001, "at most 6000"),
    ],
)
def test_words_that_cannot_stand(now, subject, body, says):
    with pytest.raises(CannotReword, match=says):
        reword_letter(name="charge_ahead", subject=subject, body=body, actor="desk", now=now)
    assert LetterText.objects.count() == 0


def test_there_is_no_such_letter(now):
    with pytest.raises(NoSuchLetter):
        reword_letter(name="foot", subject="", body="x", actor="desk", now=now)


def test_every_letter_is_listed_with_what_it_knows(django_assert_num_queries):
    with django_assert_num_queries(1):
        letters = list_letters()
    assert [letter.name for letter in letters] == sorted(letter.name for letter in letters)
    known = get_letter("receipt").placeholders
    assert {"amount", "number", "paid_on", "starts_on", "ends_on", "paper"} <= set(known)
