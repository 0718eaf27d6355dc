"""What is asked of the meter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broadsheet.apps.meter.models import MeterPolicy, RevokedSession
from broadsheet.apps.newsroom.models import Story
from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.embedded import open_store
from broadsheet.domain.meter import Outcome, Reason, get_window
from broadsheet.domain.meter_message import fill_message
from broadsheet.domain.reason_code import ReasonCode, make_mark
from broadsheet.plumbing.formatting import format_date, format_number
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.device import read_device
from broadsheet.protocol.snapshot import RevokedSession as RevokedRow
from broadsheet.protocol.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class CountedStories:
    """What a reader's meter holds: the stories that counted in this window, oldest read first."""

    window: str
    resets_on: date
    limit: int
    stories: tuple[Story, ...]
    used: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A stop code in plain words."""

    verdict: str
    reason: str
    policy: str
    limit: int
    window: str
    text: str


def get_policy_in_force(now: datetime) -> MeterPolicy | None:
    """The policy of ``now``, or ``None`` before the paper has adopted one."""
    return MeterPolicy.objects.in_force(now).order_by("-starts_at").first()


def list_policies() -> list[MeterPolicy]:
    """Every policy, the newest first."""
    return list(MeterPolicy.objects.all())


def get_snapshot(now: datetime) -> Snapshot:
    """What the gate must know at ``now``."""
    return Snapshot(
        mark=make_mark(settings.PAPER.name),
        zone_name=settings.PAPER.time_zone,
        language=settings.LANGUAGE_CODE,
        metered_when_store_is_down=settings.PAPER.metered_when_store_is_down,
        policies=tuple(
            row.as_dated_policy() for row in MeterPolicy.objects.in_force_or_coming(now)
        ),
        revoked=tuple(
            RevokedRow(row.session, row.until)
            for row in RevokedSession.objects.filter(until__gt=now).order_by("until", "pk")
        ),
    )


def render_message(*, policy: str, limit: int, used: int, remaining: int, resets_on: date) -> str:
    """The publisher's words to a stopped reader, filled in. ``""`` for a policy unknown here."""
    row = MeterPolicy.objects.filter(code=policy).first()
    if row is None:
        return ""
    return fill_message(
        row.message,
        {
            "free_limit": format_number(limit),
            "used": format_number(used),
            "remaining": format_number(remaining),
            "resets_on": format_date(resets_on, "day"),
        },
    )


def list_counted_stories(
    *, device_cookie: str = "", reader_id: int | None = None, now: datetime
) -> CountedStories | None:
    """What counted in this window: for a signed-in reader theirs, else the device's.

    ``None`` if there is no policy or the count cannot be had just now. A forged or missing cookie
    has read nothing.
    """
    policy = get_policy_in_force(now)
    if policy is None:
        return None
    found = get_snapshot(now).find_policy(now)
    assert found is not None
    window = get_window(found[0], now)
    read: tuple[int, ...] = ()
    reader_key = _reader_key(device_cookie, reader_id, now)
    if reader_key:
        try:
            store = open_store(settings.PLANT.home / "reads")
            read = store.list_reads(Tally(window.key), reader_key)
        except StoreUnavailable:
            return None
    stories = Story.objects.select_related("section").in_bulk(read)
    allowance = policy.anonymous_allowance if reader_id is None else policy.registered_allowance
    return CountedStories(
        window=window.key,
        resets_on=window.resets_on,
        limit=allowance,
        stories=tuple(stories[pk] for pk in read if pk in stories),
        used=len(read),
    )


def explain_code(code: str) -> Explanation:
    """Turn a stop code into plain words, without any look-up. Raises ``UnreadableCode``."""
    read = ReasonCode.decode(code)
    year, month = (int(part) for part in read.window.split("-"))
    return Explanation(
        verdict=Outcome.PREVIEW,
        reason=read.reason,
        policy=read.policy,
        limit=read.limit,
        window=read.window,
        text=_say(read.reason, read.limit, date(year, month, 1)),
    )


def _say(reason: Reason, limit: int, month: date) -> str:
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    said = {"month": format_date(month, "month"), "after": format_date(after, "long")}
    if reason is Reason.REGISTRATION_NEEDED:
        return _(
            "The story is for readers with an account. An account is free. Signing in opens it."
        )
    if reason is Reason.PREMIUM_NEEDED:
        return _(
            "The story is a premium story. It opens for subscribers whose plan has premium "
            "stories; it does not count as a free one."
        )
    if reason is Reason.COUNT_UNAVAILABLE:
        return _(
            "Free stories could not be counted at that moment, and the paper keeps metered "
            "stories closed meanwhile. Nothing was counted. Trying again a little later helps."
        )
    return ngettext(
        "The reader had opened the %(limit)s free story of %(month)s; the one stopped was not "
        "counted. Free stories come back on %(after)s. A story already opened stays open.",
        "The reader had opened the %(limit)s free stories of %(month)s; the one stopped was not "
        "counted. Free stories come back on %(after)s. A story already opened stays open.",
        limit,
    ) % {**said, "limit": format_number(limit)}


def _reader_key(device_cookie: str, reader_id: int | None, now: datetime) -> str:
    if reader_id is not None:
        return f"r{reader_id}"
    key = keys.derive_key(settings.PLANT.secret_key, keys.DEVICE)
    device = read_device(key, device_cookie, int(now.timestamp() // DAY_SECONDS))
    return device.reader_key if device else ""
