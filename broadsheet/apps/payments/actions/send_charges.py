"""Charge mandates without the reader: T2 for a batch, then the wire, then T3 for what came back.

The wire is spoken to outside every transaction, several at once where the caller allows it. Answers
are recorded a handful at a time; whoever is killed between leaves charges marked as sent, about
which the reaper asks.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import DatabaseError, connection, connections, transaction

from broadsheet.apps.payments.actions.apply_gateway_state import (
    Heard,
    apply_gateway_state,
    apply_gateway_states,
)
from broadsheet.apps.payments.actions.keep_pace import (
    NO_LIMITS,
    Limits,
    Slots,
    give_slots_back,
    note_answers,
    take_slots,
)
from broadsheet.apps.payments.gateways.contract import (
    LONGEST_CALL,
    ChargeRequest,
    Gateway,
    GatewayState,
)
from broadsheet.apps.payments.models import Charge
from broadsheet.domain.charge import ChargeOutcome, ChargeState
from broadsheet.plumbing.crash import crash_point

log = logging.getLogger(__name__)
MARGIN = timedelta(seconds=10)
HANDFUL = 10
ANSWERS = 1000
WAIT = timedelta(seconds=1)
"""Answers are recorded when there are ``ANSWERS`` of them, or when the first has waited so long."""


def send_charges(
    *,
    gateway: Gateway,
    now: datetime,
    limit: int = HANDFUL,
    order_id: int | None = None,
    at_once: int = 1,
    tell_time: Callable[[], datetime] | None = None,
    limits: Limits = NO_LIMITS,
    wait: Callable[[float], None] = lambda _: None,
) -> Counter[ChargeState]:
    """Send up to ``limit`` planned charges on mandates; how many ended in which state.

    With ``order_id`` that order's alone, for a reader who waits for the answer. An empty answer
    means that nothing is left to send. Any number of processes may do this at once: what one has
    marked as sent no other sends. ``at_once`` calls stand on the wire together; ``tell_time`` is
    asked between them, without it ``now`` stands still. ``limits`` are kept by all processes
    together: ``wait`` is called with the seconds to stand still. A gateway that fails is left alone.
    """
    tell_time = tell_time or (lambda: now)
    states: Counter[ChargeState] = Counter()
    charges, slots = _take_batch(
        gateway.code, limit, at_once, order_id=order_id, limits=limits, now=now
    )
    waiting, since = list[Heard](), now

    def pause(n: int) -> None:
        if seconds := slots.wait_for(n, tell_time()):
            wait(seconds)

    for heard in _speak(charges, gateway, at_once, tell_time, pause):
        since = since if waiting else tell_time()
        waiting.append(heard)
        if len(waiting) >= ANSWERS or tell_time() - since >= WAIT:
            states += _record(waiting, tell_time())
            waiting = []
    states += _record(waiting, tell_time())
    note_answers(gateway.code, states, now=tell_time())
    return states


def request_for(charge: Charge) -> ChargeRequest:
    """What goes on the wire; wants ``order`` and ``mandate`` joined."""
    assert charge.mandate is not None
    return ChargeRequest(
        key=charge.key,
        amount=charge.amount,
        description=charge.order.description,
        mandate_token=charge.mandate.token,
    )


def _take_batch(
    gateway_code: str,
    limit: int,
    at_once: int,
    *,
    order_id: int | None,
    limits: Limits,
    now: datetime,
) -> tuple[list[Charge], Slots]:
    """T2: mark charges as sent by us, until the last of them must have been answered."""
    owner = uuid4().hex
    with transaction.atomic():
        waiting = Charge.objects.filter(
            gateway=gateway_code, state=ChargeState.PLANNED, mandate__isnull=False
        ).order_by("pk")
        if order_id is not None:
            waiting = waiting.filter(order_id=order_id)
        if not waiting.exists():
            return [], Slots(0, now)
        slots = take_slots(gateway_code, limit, limits, now=now)
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, no_key=True)
        ids = list(waiting.values_list("pk", flat=True)[: slots.count])
        give_slots_back(gateway_code, slots, len(ids))
        deadline = slots.first_at + slots.lasts + LONGEST_CALL * -(-limit // at_once) + MARGIN
        Charge.objects.filter(pk__among=ids, state=ChargeState.PLANNED).update(
            state=ChargeState.SENT,
            owner=owner,
            sent_at=now,
            deadline_at=deadline,
            next_check_at=deadline,
        )
    if not ids:
        return [], slots
    crash_point(3)
    mine = Charge.objects.filter(pk__among=ids, owner=owner, state=ChargeState.SENT)
    wanted = mine.select_related("order", "mandate").defer(*_UNSAID)
    return list(wanted.order_by("pk")), slots


# Wide columns that no gateway is told.
_UNSAID = (
    *("order__source", "order__parts", "order__continue_to", "order__expires_at"),
    *("order__closed_at", "order__created_at", "planned_at", "page_url", "says"),
)


def _speak(
    charges: Sequence[Charge],
    gateway: Gateway,
    at_once: int,
    tell_time: Callable[[], datetime],
    pause: Callable[[int], None],
) -> Iterator[Heard]:
    """What the gateway says of each, as it comes."""
    requests = [
        (n, charge.pk, request_for(charge), charge.deadline_at) for n, charge in enumerate(charges)
    ]

    def ask(n: int, pk: int, request: ChargeRequest, deadline: datetime | None) -> Heard:
        pause(n)
        if deadline is not None and tell_time() + LONGEST_CALL > deadline:
            # We stood still for so long that others may be asking about it by now.
            return Heard(pk, GatewayState(ChargeOutcome.UNKNOWN, says="too late to be sent"))
        try:
            said = gateway.charge(request)
        except Exception as error:
            log.exception("the gateway %s failed on %s", gateway.code, request.key)
            said = GatewayState(ChargeOutcome.UNKNOWN, says=repr(error))
        crash_point(4)
        return Heard(pk, said)

    if at_once == 1 or len(requests) == 1:
        yield from (ask(*request) for request in requests)
        return

    def ask_beside(n: int, pk: int, request: ChargeRequest, deadline: datetime | None) -> Heard:
        try:
            return ask(n, pk, request, deadline)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(at_once, "wire") as pool:
        for done in as_completed([pool.submit(ask_beside, *request) for request in requests]):
            yield done.result()


def _record(heard: Sequence[Heard], now: datetime) -> Counter[ChargeState]:
    """T3 for all together, or where one of them cannot be recorded, for each by itself."""
    if not heard:
        return Counter()
    try:
        return Counter(apply_gateway_states(heard, heard_by="reply", now=now))
    except DatabaseError:
        log.exception("%d answers could not be recorded together", len(heard))
    states: Counter[ChargeState] = Counter()
    for one in heard:
        try:
            state = apply_gateway_state(
                charge_id=one.charge_id, said=one.said, heard_by="reply", now=now
            )
        except DatabaseError:
            log.exception("the answer on charge %d is left to the reaper", one.charge_id)
            state = ChargeState.SENT
        states[state] += 1
    return states
