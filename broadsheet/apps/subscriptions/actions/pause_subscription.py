"""The reader is away for a while: the days that are left wait, and nothing is charged."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.benefits.actions import grant_entitlement, move_end_of_entitlement
from broadsheet.apps.plans.queries import list_plan_benefits
from broadsheet.apps.subscriptions.actions.hold_subscription import hold, hold_live, record
from broadsheet.apps.subscriptions.events import PauseEnded, SubscriptionPaused
from broadsheet.apps.subscriptions.models import Pause, Subscription
from broadsheet.apps.subscriptions.queries import access_ends_on
from broadsheet.apps.subscriptions.queries.life import find_pause_bounds
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.subscription import State, Step, next_after
from broadsheet.plumbing.events import announce

BATCH = 200


class CannotPause(Exception):  # noqa: N818
    """It cannot be paused now; the message tells the reader why."""


@transaction.atomic
def pause_subscription(*, reader_id: int, days: int, actor: str, now: datetime) -> Subscription:
    """Pause from tomorrow on for so many days; what is left of today is still read.

    The whole days that remain are kept. Paused already, it stays as it is. Raises ``CannotPause``.
    """
    subscription = hold_live(reader_id)
    if subscription is None:
        raise CannotPause(_("There is no subscription to pause."))
    if subscription.state == State.PAUSED:
        return subscription
    bounds = find_pause_bounds(subscription, now, settings.PAPER.pause_days_a_year)
    if bounds.refusal:
        raise CannotPause(bounds.refusal)
    if not 1 <= days <= bounds.longest:
        raise CannotPause(
            _("A pause may last from 1 to %(days)s days now.") % {"days": bounds.longest}
        )
    pause = Pause.objects.create(
        subscription=subscription,
        starts_on=bounds.starts_on,
        resumes_on=date.fromordinal(bounds.starts_on.toordinal() + days),
        frozen_days=bounds.frozen_days,
        paused_at=now,
    )
    subscription.state = next_after(State(subscription.state), Step.PAUSED).value
    subscription.due_at = None
    subscription.save(update_fields=["state", "due_at"])
    move_end_of_entitlement(
        source=subscription.source_of(subscription.seq),
        ends_at=day_begins(pause.starts_on, subscription.zone_info),
        now=now,
    )
    record(
        subscription,
        "pause_subscription",
        actor=actor,
        now=now,
        starts_on=pause.starts_on.isoformat(),
        resumes_on=pause.resumes_on.isoformat(),
        frozen_days=pause.frozen_days,
    )
    announce(
        SubscriptionPaused(subscription.pk, reader_id, pause.starts_on, pause.resumes_on), now=now
    )
    return subscription


@transaction.atomic
def resume_subscription(*, reader_id: int, actor: str, now: datetime) -> Subscription | None:
    """Let the paper come again from today. Running already, it stays as it is."""
    subscription = hold_live(reader_id)
    if subscription is not None and subscription.state == State.PAUSED:
        resume(subscription, actor=actor, now=now)
    return subscription


def resume_due_pauses(*, now: datetime) -> int:
    """End the pauses whose time is over, each in a transaction of its own; how many."""
    # No zone is further ahead than a day.
    near = date.fromordinal(now.date().toordinal() + 1)
    over = Pause.objects.filter(resumed_at__isnull=True, resumes_on__lte=near)
    due = over.order_by("resumes_on", "pk").values_list("subscription_id", flat=True)
    return sum(_resume_if_due(pk, now) for pk in list(due[:BATCH]))


@transaction.atomic
def _resume_if_due(subscription_id: int, now: datetime) -> bool:
    subscription = hold(subscription_id)
    pause = subscription.pauses.filter(resumed_at__isnull=True).first()
    today = local_day(now, subscription.zone_info)
    if subscription.state != State.PAUSED or pause is None or today < pause.resumes_on:
        return False
    resume(subscription, actor="subscriptions", now=now)
    return True


def resume(subscription: Subscription, *, actor: str, now: datetime) -> None:
    """The days kept run on from today, and the calendar hangs on the day they end.

    Wants the row locked and paused. A pause that has not begun yet is as if it had never been.
    """
    zone = subscription.zone_info
    pause = subscription.pauses.get(resumed_at__isnull=True)
    term = subscription.terms.get(seq=subscription.seq)
    back_on = max(local_day(now, zone), pause.starts_on)
    away = (back_on - pause.starts_on).days
    if away:
        term.ends_on = date.fromordinal(back_on.toordinal() + pause.frozen_days)
        term.paused_days += away
        term.save(update_fields=["ends_on", "paused_days"])
        subscription.ends_on = term.ends_on
        subscription.anchor_on, subscription.anchor_seq = term.ends_on, subscription.seq + 1
    pause.resumes_on, pause.resumed_at = back_on, now
    pause.save(update_fields=["resumes_on", "resumed_at"])
    subscription.state = next_after(State(subscription.state), Step.RESUMED).value
    subscription.due_at = day_begins(term.ends_on, zone)
    subscription.save()
    if subscription.suspended_at is None:
        grant_entitlement(
            reader_id=subscription.reader_id,
            benefits=list_plan_benefits(subscription.plan_id),
            starts_at=day_begins(back_on if away else term.starts_on, zone),
            ends_at=day_begins(access_ends_on(subscription), zone),
            source=subscription.source_of(subscription.seq),
            now=now,
        )
    record(
        subscription,
        "resume_subscription",
        actor=actor,
        now=now,
        away_days=away,
        ends_on=term.ends_on.isoformat(),
    )
    announce(PauseEnded(subscription.pk, subscription.reader_id, term.ends_on), now=now)
