"""Going away and coming back: the days left are kept, nothing is charged, nothing is read."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.core import mail

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.models import Charge
from broadsheet.apps.subscriptions.actions.pause_subscription import (
    CannotPause,
    pause_subscription,
    resume_due_pauses,
    resume_subscription,
)
from broadsheet.apps.subscriptions.actions.renew_terms import RenewalTally, renew_due_terms
from broadsheet.apps.subscriptions.actions.stop_subscription import cancel_subscription
from broadsheet.apps.subscriptions.models import Pause, Subscription, Term
from broadsheet.domain.billing_calendar import add_months, day_begins, local_day
from broadsheet.plumbing.events import dispatch_outbox
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
EVERYTHING = {"premium", "unlimited", "ad-free"}


@pytest.fixture
def subscription(sale, now) -> Subscription:
    return sale.subscribe(now)


def pause(sale, now, days=30):
    return pause_subscription(reader_id=sale.reader.pk, days=days, actor="test", now=now)


def test_the_days_left_wait_and_run_on_from_the_return(sale, now, subscription):
    zone, end = subscription.zone_info, subscription.ends_on
    paused_at = now + timedelta(days=10)
    for _ in range(2):
        pause(sale, paused_at, days=30)
    (away,) = Pause.objects.all()
    first_away = local_day(paused_at, zone) + timedelta(days=1)
    assert (away.starts_on, away.resumes_on) == (first_away, first_away + timedelta(days=30))
    assert away.frozen_days == (end - first_away).days
    midnight = day_begins(first_away, zone)
    assert list_benefits(sale.reader.pk, midnight - timedelta(seconds=1)) == EVERYTHING
    assert list_benefits(sale.reader.pk, midnight) == frozenset()
    assert_books_hold(midnight)
    # Nothing is charged while away, not even long after the old end.
    far = end + timedelta(days=400)
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=far) == RenewalTally()
    assert Charge.objects.count() == 1
    back = day_begins(away.resumes_on, zone)
    assert resume_due_pauses(now=back - timedelta(seconds=1)) == 0
    assert resume_due_pauses(now=back) == 1
    assert resume_due_pauses(now=back) == 0
    subscription.refresh_from_db()
    new_end = end + timedelta(days=30)
    assert (subscription.state, subscription.ends_on) == ("active", new_end)
    assert (subscription.anchor_on, subscription.anchor_seq) == (new_end, 2)
    assert Term.objects.get().paused_days == 30
    assert list_benefits(sale.reader.pk, back) == EVERYTHING
    assert_books_hold(back)
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=new_end).succeeded == 1
    assert Term.objects.get(seq=2).starts_on == new_end
    assert Term.objects.get(seq=2).ends_on == add_months(new_end, 3)
    assert_books_hold(back)
    deeds = AuditRow.objects.filter(deed__in=["pause_subscription", "resume_subscription"])
    assert sorted(deeds.values_list("deed", "actor")) == [
        ("pause_subscription", "test"),
        ("resume_subscription", "subscriptions"),
    ]


def test_coming_back_early_is_one_deed(sale, now, subscription):
    end = subscription.ends_on
    pause(sale, now, days=60)
    back = now + timedelta(days=8)
    for _ in range(2):
        resume_subscription(reader_id=sale.reader.pk, actor="test", now=back)
    subscription.refresh_from_db()
    assert subscription.ends_on == end + timedelta(days=7)
    assert list_benefits(sale.reader.pk, back) == EVERYTHING
    assert_books_hold(back)
    dispatch_outbox(now=back)
    assert [letter.subject for letter in mail.outbox][-2:] == [
        "Your subscription is paused",
        "The paper comes again",
    ]


def test_thought_better_of_on_the_same_day_is_as_if_it_had_never_been(sale, now, subscription):
    before = Subscription.objects.values("ends_on", "anchor_on", "anchor_seq", "due_at").get()
    pause(sale, now)
    resume_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    assert Subscription.objects.values("ends_on", "anchor_on", "anchor_seq", "due_at").get() == (
        before
    )
    assert list_benefits(sale.reader.pk, now) == EVERYTHING
    pause(sale, now, days=90)  # no day of the year's was used
    assert_books_hold(now)


def test_no_year_holds_more_than_its_days(sale, now, subscription, settings):
    settings.PAPER = dataclasses.replace(settings.PAPER, pause_days_a_year=20)
    with pytest.raises(CannotPause, match="from 1 to 20"):
        pause(sale, now, days=21)
    pause(sale, now, days=15)
    back = now + timedelta(days=16)
    assert resume_due_pauses(now=back) == 1
    with pytest.raises(CannotPause, match="from 1 to 5"):
        pause(sale, back, days=6)
    for days in (0, -1):
        with pytest.raises(CannotPause):
            pause(sale, back, days=days)
    pause(sale, back, days=5)
    resume_due_pauses(now=back + timedelta(days=6))
    with pytest.raises(CannotPause, match="all the days"):
        pause(sale, back + timedelta(days=6), days=1)
    assert Pause.objects.count() == 2
    settings.PAPER = dataclasses.replace(settings.PAPER, pause_days_a_year=0)
    with pytest.raises(CannotPause):
        pause(sale, now + timedelta(days=600), days=1)


def test_only_a_paid_term_can_wait(sale, now, subscription):
    end = subscription.ends_on
    last_day = day_begins(end, subscription.zone_info) - timedelta(hours=1)
    with pytest.raises(CannotPause, match="ends tonight"):
        pause(sale, last_day)
    sale.bank.script("decline", "charge", reason="insufficient_funds")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=end)
    with pytest.raises(CannotPause, match="when the term is paid"):
        pause(sale, now)
    assert Pause.objects.count() == 0
    with pytest.raises(CannotPause, match="no subscription"):
        pause_subscription(reader_id=make_other().pk, days=5, actor="test", now=now)


def make_other():
    from tests.factories.sale import make_reader

    return make_reader("other@example.org")


def test_saying_stop_while_away_lets_the_days_kept_be_read(sale, now, subscription):
    end = subscription.ends_on
    pause(sale, now, days=60)
    later = now + timedelta(days=11)
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=later)
    subscription.refresh_from_db()
    assert subscription.state == "active"
    assert subscription.ends_on == end + timedelta(days=10)
    last = day_begins(subscription.ends_on, subscription.zone_info)
    assert list_benefits(sale.reader.pk, last - timedelta(seconds=1)) == EVERYTHING
    assert list_benefits(sale.reader.pk, last) == frozenset()
    tally = renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    assert tally == RenewalTally(ended=1)
    assert_books_hold(last)
