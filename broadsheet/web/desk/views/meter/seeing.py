"""A policy seen as readers will see it: who is stopped, and the page each one gets.

What is tried travels in the address of the frames, signed, so that nothing is kept for it and
nobody can make the desk show words that were not written there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy
from django.views.generic import View

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import Trial, list_standing, try_policies
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.queries import find_live_story
from broadsheet.domain.meter import PREMIUM, UNLIMITED, Reader, ReaderKind
from broadsheet.domain.policy_scope import Scope
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.protocol.snapshot import DatedPolicy, Snapshot, Standing
from broadsheet.web.desk.views.meter.asking import describe_story, is_stopped, say_verdict
from broadsheet.web.desk.views.permission import RoleRequiredMixin

SALT = "desk.meter.tried"
KEPT_SECONDS = 86_400
LOOKED_AT = 200
"""So many of the newest metered stories are searched for one that a policy covers."""
SEEN_BY = (
    (ReaderKind.ANONYMOUS, gettext_lazy("As anonymous")),
    (ReaderKind.REGISTERED, gettext_lazy("As registered")),
    (ReaderKind.SUBSCRIBER, gettext_lazy("As subscriber")),
)
FRAME_RULES = (
    "default-src 'self'; img-src 'self' data:; script-src 'none'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""The framed page is to be looked at: it runs nothing, sends nothing, and stands in the desk only."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A policy to look at, adopted or not, with its words."""

    policy: DatedPolicy
    message: str

    @classmethod
    def of(cls, row: MeterPolicy) -> Tried:
        return cls(row.as_dated_policy(), row.message)

    def sign(self) -> str:
        written = {"policy": Snapshot(policies=(self.policy,)).encode(), "message": self.message}
        return signing.dumps(written, salt=SALT, compress=True)

    @classmethod
    def read(cls, signed: str) -> Tried:
        """Read what ``sign`` wrote. Raises ``signing.BadSignature``."""
        written = signing.loads(signed, salt=SALT, max_age=KEPT_SECONDS)
        return cls(Snapshot.decode(written["policy"]).policies[0], written["message"])


@dataclass(frozen=True, slots=True)
class Seen:
    """What one kind of reader meets: in words, and where the page is drawn."""

    kind: str
    label: Any
    told: str
    is_stopped: bool
    is_ruled_by_it: bool
    ruled_by: str
    frame: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A policy as its three kinds of readers meet it on one story."""

    story: Story
    is_ruled: bool
    readers: tuple[Seen, ...]


def look_at(
    tried: Tried, row: MeterPolicy, instant: datetime, *, on: Story | None = None
) -> Sight | None:
    """What readers meet; ``on`` a story, else the newest that the policy covers. ``None`` if the
    paper has no metered story yet.
    """
    standing = list_standing(instant, tried=tried.policy)
    story = on or find_sample(standing, tried.policy, instant)
    if story is None:
        return None
    draft = tried.sign()
    seen = []
    is_ruled = False
    for kind, label in SEEN_BY:
        trial = _meet(standing, story, kind, tried.policy.scope, instant)
        ruled = trial.ruling.policy.code == tried.policy.code
        is_ruled = is_ruled or ruled
        ruling = row if ruled else MeterPolicy.objects.filter(code=trial.verdict.policy).first()
        query = urlencode({"tried": draft, "story": story.pk, "as": kind})
        seen.append(
            Seen(
                kind,
                label,
                say_verdict(trial.verdict, ruling),
                is_stopped(trial.verdict),
                ruled,
                trial.verdict.policy,
                f"{reverse('desk_meter_wall')}?{query}",
            )
        )
    return Sight(story, is_ruled, tuple(seen))


def find_sample(
    standing: tuple[Standing, ...], policy: DatedPolicy, instant: datetime
) -> Story | None:
    """The newest metered story that a policy rules for somebody, else the newest metered one."""
    metered = Story.objects.published().filter(
        access=AccessClass.METERED.value, freed_at__isnull=True
    )
    newest = list(
        metered.defer("body")
        .select_related("section")
        .prefetch_related("topics", "bylines__author")[:LOOKED_AT]
    )
    for story in newest:
        met = (_meet(standing, story, kind, policy.scope, instant) for kind, _label in SEEN_BY)
        if any(trial.ruling.policy.code == policy.code for trial in met):
            return story
    return newest[0] if newest else None


class WallView(RoleRequiredMixin, View):
    """The page itself, drawn by the reader's pages for a frame of the desk; keeps nothing."""

    permission = "meter.view_meterpolicy"

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            tried = Tried.read(request.GET.get("tried", ""))
            kind = ReaderKind(request.GET.get("as", ReaderKind.ANONYMOUS))
        except (signing.BadSignature, ValueError) as error:
            raise Http404 from error
        number = request.GET.get("story", "")
        story = find_live_story(int(number)) if number.isdecimal() and len(number) < 18 else None  # noqa: PLR2004
        if story is None or story.effective_access is not AccessClass.METERED:
            raise Http404
        instant = now()
        standing = list_standing(instant, tried=tried.policy)
        trial = _meet(standing, story, kind, tried.policy.scope, instant)
        ruled = trial.ruling.policy.code == tried.policy.code
        draw = import_string(settings.STORY_PREVIEW)
        response: HttpResponse = draw(
            request,
            story=story,
            wanted=trial.request,
            message=tried.message if ruled else None,
        )
        response["Content-Security-Policy"] = FRAME_RULES
        response["Cache-Control"] = "private, no-store"
        return response


def _meet(
    standing: tuple[Standing, ...], story: Story, kind: ReaderKind, scope: Scope, instant: datetime
) -> Trial:
    """What such a reader meets; where the policy names countries or segments, they have one."""
    labels = scope.segments - frozenset(ReaderKind)
    reader = Reader(
        kind,
        benefits=frozenset({UNLIMITED, PREMIUM} if kind is ReaderKind.SUBSCRIBER else ()),
        segments=labels if kind is not ReaderKind.ANONYMOUS else frozenset(),
        country=min(scope.countries, default=""),
    )
    return try_policies(
        standing,
        story=describe_story(story),
        access=story.effective_access,
        reader=reader,
        now=instant,
    )
