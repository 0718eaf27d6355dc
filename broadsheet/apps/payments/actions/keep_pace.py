"""Keep to what a gateway bears: so many a second and a day, fewer when it is busy, none when it fails.

The gateway's row of ``GatewayPace`` is shared by all processes, so the limits hold for them together.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from broadsheet.apps.payments.models import GatewayPace
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.charge import ChargeState

log = logging.getLogger(__name__)
WINDOW = STOP = timedelta(seconds=60)
FEWEST = 20
"""Below so many in a window nothing is concluded from it."""
MOST_HALVINGS = 6


@dataclass(frozen=True, slots=True)
class Limits:
    """What one gateway bears; ``None`` where there is no bound."""

    per_second: float | None = None
    a_day: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Slots:
    """Leave to send ``count`` charges: the first at ``first_at``, the others ``apart``."""

    count: int
    first_at: datetime
    apart: timedelta = timedelta(0)

    @property
    def lasts(self) -> timedelta:
        return self.apart * self.count

    def wait_for(self, n: int, now: datetime) -> float:
        """Seconds until the charge number ``n``, from 0, may go."""
        return max(0.0, (self.first_at + self.apart * n - now).total_seconds())


def take_slots(gateway: str, wanted: int, limits: Limits, *, now: datetime) -> Slots:
    """Leave for up to ``wanted`` charges, none while the gateway is given a rest.

    Wants a transaction open; the row stays locked until it ends.
    """
    pace = _hold(gateway)
    _begin_day(pace, local_day(now, settings.PAPER.zone))
    if pace.stopped_until is not None and now < pace.stopped_until:
        return Slots(0, now)
    count = wanted
    if limits.a_day is not None:
        count = max(0, min(wanted, limits.a_day - pace.day_sent))
        if wanted and not count:
            log.error("%s: the day's cap of %d charges is reached", gateway, limits.a_day)
    slots = Slots(count, now)
    if limits.per_second is not None:
        apart = timedelta(seconds=2**pace.halvings / limits.per_second)
        slots = Slots(count, max(now, pace.free_at or now), apart)
        pace.free_at = slots.first_at + slots.lasts
    pace.day_sent += count
    pace.save()
    return slots


def give_slots_back(gateway: str, slots: Slots, used: int) -> None:
    """Fewer were waiting than asked for. Wants the transaction in which the slots were taken."""
    unused = slots.count - used
    if unused:
        pace = _hold(gateway)
        pace.day_sent = max(0, pace.day_sent - unused)
        if pace.free_at is not None:
            pace.free_at -= slots.apart * unused
        pace.save(update_fields=["day_sent", "free_at"])


@transaction.atomic
def note_answers(gateway: str, states: Counter[ChargeState], *, now: datetime) -> None:
    """Count what came back: halve the rate of a busy gateway, stop one that fails."""
    sent = sum(states.values())
    if not sent:
        return
    unsent = states[ChargeState.NOT_SENT]
    lost = unsent + states[ChargeState.UNKNOWN]
    pace = _hold(gateway)
    if pace.window_at is None or now >= pace.window_at + WINDOW:
        pace.window_at, pace.window_sent, pace.window_lost = now, 0, 0
    pace.window_sent += sent
    pace.window_lost += lost
    step = 1 if unsent else -1
    pace.halvings = min(MOST_HALVINGS, max(0, pace.halvings + step))
    if is_failing(pace.window_sent, pace.window_lost):
        pace.stopped_until = now + STOP
        log.error(
            "%s: %d of the last %d charges got no answer; nothing is sent for a minute, and what "
            "became of them is asked meanwhile",
            gateway,
            pace.window_lost,
            pace.window_sent,
        )
        pace.window_at = None
    pace.save()


def is_failing(sent: int, lost: int) -> bool:
    """Whether a gateway must be left alone for a while: more than half was lost."""
    return sent >= FEWEST and lost * 2 > sent


def _begin_day(pace: GatewayPace, today: date) -> None:
    if pace.day != today:
        pace.day, pace.day_sent = today, 0


def _hold(gateway: str) -> GatewayPace:
    GatewayPace.objects.get_or_create(gateway=gateway)
    return GatewayPace.objects.select_for_update().get(gateway=gateway)
