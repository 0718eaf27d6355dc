"""Give a term for which nobody pays: a free trial, a coupon for all of it, a gift."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from broadsheet.apps.benefits.actions import grant_entitlement
from broadsheet.apps.plans.queries import list_plan_benefits
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import access_ends_on
from broadsheet.domain.billing_calendar import Span, day_begins
from broadsheet.plumbing.audit import record_deed


def give_term(
    subscription: Subscription,
    span: Span,
    *,
    seq: int,
    actor: str,
    now: datetime,
    reanchors: bool = False,
    more_benefits: Iterable[str] = (),
) -> Term:
    """Open a term without an order, and what the plan opens with it.

    Wants the reader locked, in the caller's transaction; the subscription's ``seq`` and ``ends_on``
    are the caller's to set, before. ``more_benefits`` are opened beside the plan's.
    """
    zone = subscription.zone_info
    term = Term.objects.create(
        subscription=subscription,
        seq=seq,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        reanchors=reanchors,
        state=Term.State.GIVEN,
        amount_minor=0,
        currency=subscription.currency,
    )
    subscription.due_at = day_begins(span.ends_on, zone)
    subscription.save(update_fields=["due_at"])
    grant_entitlement(
        reader_id=subscription.reader_id,
        benefits=list_plan_benefits(subscription.plan_id) | frozenset(more_benefits),
        starts_at=day_begins(span.starts_on, zone),
        ends_at=day_begins(access_ends_on(subscription), zone),
        source=subscription.source_of(seq),
        now=now,
    )
    record_deed(
        actor=actor,
        deed="give_term",
        subject=f"subscriptions.subscription:{subscription.pk}",
        now=now,
        seq=seq,
        starts_on=span.starts_on.isoformat(),
        ends_on=span.ends_on.isoformat(),
    )
    return term
