"""A policy told as a sentence: “Stories of Sport: 2 free a week, 4 with an account.”"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.newsroom.models import Author, Section, Topic
from broadsheet.apps.newsroom.models.story import ORIGIN_CHOICES
from broadsheet.domain.meter import PolicyKind, ReaderKind, WindowKind
from broadsheet.domain.policy_scope import PAPERS_OWN, Scope
from broadsheet.domain.segment import Segment
from broadsheet.plumbing.formatting import format_date, format_number, format_time

NAMED: dict[str, Any] = {"sections": Section, "topics": Topic, "authors": Author}


@dataclass(frozen=True, slots=True)
class Names:
    """What the slugs of scopes are called; one that is gone stands under its slug."""

    by_part: Mapping[str, Mapping[str, str]]

    def get(self, part: str, slug: str) -> str:
        return self.by_part.get(part, {}).get(slug, slug)


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy as the desk tells it. ``sentence`` and ``span`` are whole sentences."""

    row: MeterPolicy
    sentence: SafeString
    span: str

    @property
    def is_own(self) -> bool:
        return self.row.priority == PAPERS_OWN


def load_names(scopes: Iterable[Scope]) -> Names:
    """The names that sentences about these scopes need: at most three queries."""
    held = list(scopes)
    by_part: dict[str, Mapping[str, str]] = {
        "origins": {value: str(label) for value, label in ORIGIN_CHOICES}
    }
    for part, table in NAMED.items():
        wanted = frozenset[str]().union(*(getattr(scope, part) for scope in held))
        rows = table.objects.filter(slug__in=wanted).values_list("slug", "name") if wanted else ()
        by_part[part] = dict(rows)
    return Names(by_part)


def tell_policies(rows: Iterable[MeterPolicy], now: datetime, *, own: str = "") -> list[PolicyLine]:
    """Each policy as a line, in the order given; ``own`` is ``say_policy``'s."""
    given = list(rows)
    names = load_names(row.read_scope() for row in given)
    return [PolicyLine(row, say_policy(row, names, own), say_span(row, now)) for row in given]


def say_policy(row: MeterPolicy, names: Names, own: str = "") -> SafeString:
    """What a policy does, without when: one sentence with its names in bold. ``own`` says what the
    paper's own meter covers, where it stands below others.
    """
    subject = _say_scope(row, names)
    if row.priority == PAPERS_OWN:
        subject = format_html("{}", own or _("The paper’s own meter"))
    if row.kind == PolicyKind.METER:
        return format_html("{}: {}.", subject, _say_allowance(row))
    verb = {
        PolicyKind.OPEN: _("free for everybody, uncounted"),
        PolicyKind.LOCKED: _("for subscribers only"),
        PolicyKind.ACCOUNT: _("for readers with an account, uncounted"),
    }[PolicyKind(row.kind)]
    return format_html("{}: {}.", subject, verb)


def say_period(row: MeterPolicy) -> str:
    """``a calendar month``, ``a week``, ``in any 7 days``."""
    if row.window == WindowKind.CALENDAR_MONTH:
        return _("a calendar month")
    if row.window == WindowKind.WEEK:
        return _("a week")
    return ngettext("a day", "in any %(days)s days", row.days) % {"days": format_number(row.days)}


def say_span(row: MeterPolicy, now: datetime) -> str:
    """From when until when, told from ``now``."""
    begins, ends = say_instant(row.starts_at), row.ends_at and say_instant(row.ends_at)
    if row.starts_at > now:
        said = _("From %(begins)s until %(ends)s.") if ends else _("From %(begins)s on.")
    elif row.ends_at and row.ends_at <= now:
        said = _("From %(begins)s to %(ends)s.")
    else:
        said = _("Since %(begins)s, until %(ends)s.") if ends else _("Since %(begins)s.")
    return said % {"begins": begins, "ends": ends}


def say_instant(at: datetime) -> str:
    """Day and time of the paper; midnight is left out."""
    day = format_date(at, "long")
    if at.astimezone(settings.PAPER.zone).time() == time.min:
        return day
    return f"{day}, {format_time(at)}"


def say_reader(name: str) -> str:
    """A segment, or a kind of reader, in the plural."""
    return {
        ReaderKind.ANONYMOUS.value: _("anonymous readers"),
        ReaderKind.REGISTERED.value: _("registered readers"),
        ReaderKind.SUBSCRIBER.value: _("subscribers"),
        Segment.FORMER_SUBSCRIBER.value: _("former subscribers"),
        Segment.NEW_ACCOUNT.value: _("new accounts"),
    }.get(name, name)


def say_either(words: Iterable[str]) -> SafeString:
    """``Sport``, ``Sport or City``, ``Sport, City or Nation``, each in bold."""
    bold = [format_html("<b>{}</b>", word) for word in words]
    if len(bold) < 2:  # noqa: PLR2004
        return _join("", *bold)
    return format_html(_("{} or {}"), _join(", ", *bold[:-1]), bold[-1])


def say_names(part: str, scope: Scope, names: Names) -> SafeString:
    """What a part of a scope asks for."""
    wanted = getattr(scope, part)
    if part == "segments":
        return say_either(sorted(map(say_reader, wanted)))
    return say_either(sorted(names.get(part, slug) for slug in wanted))


def say_ages(scope: Scope) -> str:
    """How old the stories are that a scope takes in, or nothing."""
    if scope.from_age and scope.until_age is not None:
        said = _("%(first)s to %(last)s days old")
    elif scope.from_age:
        said = ngettext(
            "%(first)s day old and older", "%(first)s days old and older", scope.from_age
        )
    elif scope.until_age is not None:
        said = ngettext("in their first day", "in their first %(last)s days", scope.until_age)
    else:
        return ""
    return said % {
        "first": format_number(scope.from_age or 0),
        "last": format_number(scope.until_age or 0),
    }


def _say_scope(row: MeterPolicy, names: Names) -> SafeString:
    scope = row.read_scope()
    said = [
        format_html(phrase, say_names(part, scope, names))
        for part, phrase in (
            ("sections", _("of {}")),
            ("topics", _("on {}")),
            ("authors", _("written by {}")),
            ("origins", _("of the origin {}")),
        )
        if getattr(scope, part)
    ]
    ages = say_ages(scope)
    told = _join(" ", _("Stories") if said or ages else _("All stories"), *said)
    if ages:
        told = _join(", " if said else " ", told, format_html("<b>{}</b>", ages))
    readers = [
        format_html(phrase, say_names(part, scope, names))
        for part, phrase in (("segments", _("for {}")), ("countries", _("in {}")))
        if getattr(scope, part)
    ]
    return _join(", " if ages else " ", told, _join(" ", *readers)) if readers else told


def _join(between: str, *words: str) -> SafeString:
    return format_html_join(between, "{}", ((word,) for word in words))


def _say_allowance(row: MeterPolicy) -> SafeString:
    anonymous, registered = row.anonymous_allowance, row.registered_allowance
    if anonymous == registered:
        said = ngettext(
            "<b>{}</b> free story {}, with an account or without",
            "<b>{}</b> free stories {}, with an account or without",
            anonymous,
        )
        told = format_html(said, format_number(anonymous), say_period(row))
    elif not anonymous:
        said = ngettext(
            "none free without an account, <b>{}</b> story {} with one",
            "none free without an account, <b>{}</b> stories {} with one",
            registered,
        )
        told = format_html(said, format_number(registered), say_period(row))
    else:
        said = ngettext(
            "<b>{}</b> free story {}, <b>{}</b> with an account",
            "<b>{}</b> free stories {}, <b>{}</b> with an account",
            anonymous,
        )
        told = format_html(
            said, format_number(anonymous), say_period(row), format_number(registered)
        )
    if row.account_first:
        return format_html(_("{}; then an account is asked for, then a subscription"), told)
    return told
