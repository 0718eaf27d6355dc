"""See to what gateways have told us: look the thing up at the company, and apply what it says.

Nothing in a webhook is believed but that there is something to look at. So words may come twice,
late, in any order, or before the row they are about: each ends in the same place.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet

from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state, pause_after
from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.actions.end_mandate import note_mandate_ended
from broadsheet.apps.payments.actions.give_refund import Opener, query_for
from broadsheet.apps.payments.actions.note_dispute import note_dispute
from broadsheet.apps.payments.actions.note_foreign_refund import note_foreign_refund
from broadsheet.apps.payments.gateways import NoSuchGateway
from broadsheet.apps.payments.gateways.contract import (
    LONGEST_CALL,
    CannotReachGateway,
    ChargeQuery,
    Gateway,
    MandateStatus,
    WebhookKind,
)
from broadsheet.apps.payments.models import Charge, GatewayEvent, Mandate, Refund
from broadsheet.domain.charge import ChargeOutcome

log = logging.getLogger(__name__)
LEASE = LONGEST_CALL + timedelta(seconds=10)
GIVEN_UP_AFTER = timedelta(days=3)
KEPT_FOR = timedelta(days=90)
HANDFUL = 50
_WAITING, _EARLY = GatewayEvent.State.WAITING, GatewayEvent.State.EARLY


class Seen(StrEnum):
    """What came of one word."""

    APPLIED = "applied"
    EARLY = "early"
    """It is about something we do not know (yet)."""
    LATER = "later"
    """The company could not say just now."""
    IGNORED = "ignored"


def see_to_inbox(*, now: datetime, open_gateway: Opener, limit: int = HANDFUL) -> Counter[Seen]:
    """See to up to ``limit`` words that are due; how many came to what.

    Safe in many processes at once: a word is claimed by moving its time.
    """
    seen: Counter[Seen] = Counter()
    for event, was in [(event, event.next_try_at) for event in _due(now)[:limit]]:
        claimed = GatewayEvent.objects.filter(pk=event.pk, state=event.state, next_try_at=was)
        if not claimed.update(state=_WAITING, next_try_at=now + LEASE):
            continue
        seen[_see_to_one(event, open_gateway, now)] += 1
    return seen


def drop_old_words(*, now: datetime, limit: int = 1000) -> int:
    """Forget words that are done with and older than 90 days; how many."""
    old = GatewayEvent.objects.filter(done_at__lt=now - KEPT_FOR).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:limit])
    return GatewayEvent.objects.filter(pk__in=ids).delete()[0]


def _due(now: datetime) -> QuerySet[GatewayEvent]:
    """Those whose time has come, and early ones whose row has appeared meanwhile."""
    known = Exists(Charge.objects.filter(key=OuterRef("key"))) | Exists(
        Refund.objects.filter(key=OuterRef("key"))
    )
    by_key = [WebhookKind.CHARGE, WebhookKind.REFUND]
    return GatewayEvent.objects.filter(
        Q(state__in=[_WAITING, _EARLY], next_try_at__lte=now)
        | Q(known, state=_EARLY, kind__in=by_key)
    ).order_by("next_try_at", "pk")


def _see_to_one(event: GatewayEvent, open_gateway: Opener, now: datetime) -> Seen:
    trouble = ""
    try:
        seen = _APPLY[WebhookKind(event.kind)](event, open_gateway(event.gateway), now)
    except (CannotReachGateway, NoSuchGateway) as error:
        seen, trouble = Seen.LATER, str(error)
    except Exception as error:
        log.exception("%s could not be applied", event)
        seen, trouble = Seen.LATER, repr(error)
    _note(event, seen, trouble, now)
    return seen


def _note(event: GatewayEvent, seen: Seen, trouble: str, now: datetime) -> None:
    event.tries += 1
    event.last_error = trouble[:240]
    if seen in {Seen.APPLIED, Seen.IGNORED}:
        event.state = GatewayEvent.State(seen.value)
        event.done_at, event.next_try_at = now, None
    elif now >= event.received_at + GIVEN_UP_AFTER:
        log.error("%s: nobody knows what it is about; a person must look at it", event)
        event.state = GatewayEvent.State.IGNORED
        event.done_at, event.next_try_at = now, None
        event.last_error = trouble[:240] or "about something we do not know"
    else:
        event.state = _EARLY if seen is Seen.EARLY else _WAITING
        event.next_try_at = now + pause_after(event.tries)
    event.save(update_fields=["tries", "last_error", "state", "done_at", "next_try_at"])


def _apply_charge(event: GatewayEvent, gateway: Gateway, now: datetime) -> Seen:
    charge = _find_charge(event)
    if charge is None:
        return Seen.EARLY
    said = gateway.lookup(
        ChargeQuery(charge.key, charge.gateway_reference or event.gateway_reference, charge.amount)
    )
    if said is None or said.outcome is ChargeOutcome.UNKNOWN:
        return Seen.LATER
    apply_gateway_state(charge_id=charge.pk, said=said, heard_by="webhook", now=now)
    return Seen.APPLIED


def _apply_refund(event: GatewayEvent, gateway: Gateway, now: datetime) -> Seen:
    refund = _find_refund(event)
    if refund is None:
        noted = note_foreign_refund(
            gateway=gateway,
            key=event.key,
            gateway_reference=event.gateway_reference,
            heard_by="webhook",
            now=now,
        )
        return Seen.APPLIED if noted else Seen.EARLY
    said = gateway.lookup_refund(query_for(refund))
    if said is None or said.outcome is ChargeOutcome.UNKNOWN:
        return Seen.LATER
    apply_refund_state(refund_id=refund.pk, said=said, heard_by="webhook", now=now)
    return Seen.APPLIED


def _apply_dispute(event: GatewayEvent, gateway: Gateway, now: datetime) -> Seen:
    facts = gateway.lookup_dispute(event.gateway_reference)
    if facts is None:
        return Seen.LATER
    noted = note_dispute(gateway=gateway.code, facts=facts, heard_by="webhook", now=now)
    return Seen.APPLIED if noted else Seen.EARLY


def _apply_mandate(event: GatewayEvent, gateway: Gateway, now: datetime) -> Seen:
    # A company names the token alone; ours may say more than that, behind a stroke.
    named = Q(token=event.gateway_reference) | Q(token__startswith=f"{event.gateway_reference}/")
    mandate = Mandate.objects.filter(named, gateway=event.gateway).order_by("-pk").first()
    if mandate is None:
        return Seen.EARLY
    status = gateway.mandate_status(mandate.token)
    if status is MandateStatus.UNKNOWN:
        return Seen.LATER
    if status is MandateStatus.ENDED:
        note_mandate_ended(mandate_id=mandate.pk, heard_by="webhook", now=now)
    return Seen.APPLIED


def _ignore(event: GatewayEvent, gateway: Gateway, now: datetime) -> Seen:
    return Seen.IGNORED


_APPLY = {
    WebhookKind.CHARGE: _apply_charge,
    WebhookKind.REFUND: _apply_refund,
    WebhookKind.DISPUTE: _apply_dispute,
    WebhookKind.MANDATE: _apply_mandate,
    WebhookKind.OTHER: _ignore,
}


def _find_charge(event: GatewayEvent) -> Charge | None:
    ours = Charge.objects.filter(gateway=event.gateway)
    found = ours.filter(key=event.key).first() if event.key else None
    if found is None and event.gateway_reference:
        found = ours.filter(gateway_reference=event.gateway_reference).first()
    return found


def _find_refund(event: GatewayEvent) -> Refund | None:
    ours = Refund.objects.filter(gateway=event.gateway).select_related("charge")
    found = ours.filter(key=event.key).first() if event.key else None
    if found is None and event.gateway_reference:
        found = ours.filter(gateway_reference=event.gateway_reference).first()
    return found
