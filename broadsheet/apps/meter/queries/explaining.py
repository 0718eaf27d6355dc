"""A stop code in plain words: policy, count, window, and what would open the story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broadsheet.domain.meter import Outcome, Reason
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.plumbing.formatting import format_date, format_number


@dataclass(frozen=True, slots=True)
class Explanation:
    """A stop code in plain words. ``window`` is a month (``2026-11``), a week (``2026-W48``) or
    rolling days (``rolling-7``).
    """

    verdict: str
    reason: str
    policy: str
    limit: int
    window: str
    text: str


def explain_code(code: str) -> Explanation:
    """Turn a stop code into plain words, without any look-up. Raises ``UnreadableCode``."""
    read = ReasonCode.decode(code)
    return Explanation(
        verdict=Outcome.PREVIEW,
        reason=read.reason,
        policy=read.policy,
        limit=read.limit,
        window=read.window,
        text=_say(read),
    )


def _say(read: ReasonCode) -> str:
    said = _say_without_count(read.reason)
    if said:
        return said
    if read.limit:
        text = " ".join((_say_count(read), _say_return(read)))
    else:
        text = _("None of these stories was free for the reader; nothing was counted.")
    if read.reason is Reason.REGISTER_TO_GO_ON:
        text += " " + _("An account is free, and opens more of them at once.")
    elif not read.limit:
        text += " " + _("A subscription opens them.")
    return text


def _say_without_count(reason: Reason) -> str:
    return {
        Reason.REGISTRATION_NEEDED: _(
            "The story is for readers with an account. An account is free. Signing in opens it."
        ),
        Reason.PREMIUM_NEEDED: _(
            "The story is a premium story. It opens for subscribers whose plan has premium "
            "stories; it does not count as a free one."
        ),
        Reason.COUNT_UNAVAILABLE: _(
            "Free stories could not be counted at that moment, and the paper keeps metered "
            "stories closed meanwhile. Nothing was counted. Trying again a little later helps."
        ),
        Reason.SUBSCRIBERS_ONLY: _(
            "A policy of the paper keeps this story for subscribers. A subscription opens it; "
            "nothing was counted."
        ),
        Reason.NETWORK_BUDGET: _(
            "Very many new readers came from the same network that day, so a new one is asked "
            "for an account first. An account is free. Nothing was counted. A browser that keeps "
            "cookies and has read here before is not asked."
        ),
        Reason.TOO_MANY_AT_ONCE: _(
            "The account was in use in more places at once than the paper allows. A place that "
            "stops reading is let go within ten minutes, and then this one opens again. Nothing "
            "was counted."
        ),
    }.get(reason, "")


def _say_count(read: ReasonCode) -> str:
    said = {"limit": format_number(read.limit), "period": _say_period(read)}
    return (
        ngettext(
            "The reader had opened the %(limit)s free story of %(period)s; the one stopped was not "
            "counted.",
            "The reader had opened the %(limit)s free stories of %(period)s; the one stopped was "
            "not counted.",
            read.limit,
        )
        % said
    )


def _say_period(read: ReasonCode) -> str:
    if read.resets_on is not None:
        days = int(read.window.partition("-")[2])
        return ngettext("one day", "any %(days)s days in a row", days) % {
            "days": format_number(days)
        }
    if "W" in read.window:
        return _("the week from %(monday)s") % {"monday": format_date(_monday(read), "long")}
    return format_date(date.fromisoformat(f"{read.window}-01"), "month")


def _say_return(read: ReasonCode) -> str:
    if read.resets_on is not None:
        said = _("The next comes back on %(after)s.")
        after = read.resets_on
    else:
        said = _("Free stories come back on %(after)s.")
        after = _find_end(read)
    return (
        said % {"after": format_date(after, "long")} + " " + _("A story already opened stays open.")
    )


def _find_end(read: ReasonCode) -> date:
    if "W" in read.window:
        return _monday(read) + timedelta(days=7)
    month = date.fromisoformat(f"{read.window}-01")
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _monday(read: ReasonCode) -> date:
    year, _sep, week = read.window.partition("-W")
    return date.fromisocalendar(int(year), int(week), 1)
