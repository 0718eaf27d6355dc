"""The policies, and what the gate must know of them."""

from __future__ import annotations

import difflib
import re
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from broadsheet.apps.meter.models import MeterPolicy, RevokedSession
from broadsheet.apps.meter.queries.lending import list_revoked_links, may_lend_premium
from broadsheet.apps.newsroom.models import Author, Section, Topic
from broadsheet.domain.meter import ReaderKind
from broadsheet.domain.policy_scope import Scope
from broadsheet.domain.reason_code import make_mark
from broadsheet.domain.segment import Segment
from broadsheet.domain.story import Origin
from broadsheet.protocol.snapshot import RevokedSession as RevokedRow
from broadsheet.protocol.snapshot import Snapshot

_COUNTRY = re.compile(r"[A-Z]{2}")


def get_policy_in_force(now: datetime) -> MeterPolicy | None:
    """The paper's own meter of ``now``, or ``None`` before the paper has adopted one."""
    return MeterPolicy.objects.own().in_force(now).order_by("-starts_at").first()


def list_special_policies(now: datetime) -> list[MeterPolicy]:
    """The special policies in force or coming, the one that rules first before the others."""
    special = MeterPolicy.objects.special().in_force_or_coming(now)
    return list(special.order_by("-priority", "starts_at", "code"))


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
        lend_premium=may_lend_premium(),
        new_readers_per_network=settings.PAPER.new_readers_per_network_per_day,
        readers_at_once=settings.PAPER.readers_at_once,
        crawlers_read_full=settings.PAPER.crawlers_read_full,
        revoked_links=list_revoked_links(now),
    )


def find_unknown_names(scope: Scope) -> dict[str, str]:
    """The parts of a scope that name what the paper does not have, each with what to do."""
    tables = {"sections": Section.objects, "topics": Topic.objects, "authors": Author.objects}
    problems = {}
    for part, table in tables.items():
        wanted: frozenset[str] = getattr(scope, part)
        known = table.values_list("slug", flat=True)
        missing = wanted - set(known.filter(slug__in=wanted))
        if missing:
            near = _find_near(min(missing), known)
            problems[part] = _("There is no “%(name)s” here.") % {"name": min(missing)} + near
    if missing := scope.origins - set(Origin):
        near = _find_near(min(missing), list(Origin))
        problems["origins"] = _("There is no origin “%(name)s”.") % {"name": min(missing)} + near
    if wrong := [name for name in scope.countries if not _COUNTRY.fullmatch(name)]:
        problems["countries"] = _(
            "“%(name)s” is no country: write two capital letters each, as in IN or GB."
        ) % {"name": min(wrong)}
    named = [*ReaderKind, *Segment]
    if strange := scope.segments - set(named):
        problems["segments"] = _("“%(name)s” is no segment. There are: %(named)s.") % {
            "name": min(strange),
            "named": ", ".join(named),
        }
    return problems


def _find_near(name: str, known: object) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)  # type: ignore[call-overload]
    return " " + _("Did you mean “%(near)s”?") % {"near": near[0]} if near else ""
