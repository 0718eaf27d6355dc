"""What a reader would meet on a story: by the policies in force, or with one more that is tried.

Nothing is counted and nothing kept; the answers are ``domain.meter``'s and ``policy_scope``'s.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from broadsheet.apps.meter.queries.policies import get_snapshot
from broadsheet.domain.meter import (
    Outcome,
    Policy,
    Reader,
    Reads,
    Verdict,
    decide,
    get_allowance,
    get_window,
)
from broadsheet.domain.policy_scope import PAPERS_OWN, Scope, StoryTraits, choose
from broadsheet.domain.reason_code import ReasonCode, make_mark
from broadsheet.domain.story import AccessClass
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.protocol.snapshot import DatedPolicy, Standing

NO_POLICY = "M0"


@dataclass(frozen=True, slots=True)
class Trial:
    """What one reader meets who has read as many stories as the ruling policy allows: the verdict
    on the next one, and the page that the gate would ask for.
    """

    ruling: Standing
    verdict: Verdict
    request: RenditionRequest


@dataclass(frozen=True, slots=True)
class Rung:
    """One policy's place on the ladder. ``misfits`` are the parts of its scope that leave the
    story or the reader out; the first rung without any rules.
    """

    standing: Standing
    misfits: tuple[str, ...]
    rules: bool


def list_standing(now: datetime, *, tried: DatedPolicy | None = None) -> tuple[Standing, ...]:
    """The policies in force in falling priority, the paper's own last; without one, a closed one.

    ``tried`` stands among them as if it were in force: in the place of the paper's own, of the
    policy with its code, or beside all.
    """
    snapshot = get_snapshot(now)
    if tried is not None:
        others = tuple(
            row
            for row in snapshot.policies
            if row.code != tried.code and (tried.priority, row.priority) != (PAPERS_OWN, PAPERS_OWN)
        )
        present = dataclasses.replace(tried, starts_at=now, ends_at=None)
        snapshot = dataclasses.replace(snapshot, policies=(*others, present))
    standing = snapshot.list_standing(now)
    if snapshot.find_policy(now) is None:
        standing = (*standing, Standing(Policy(NO_POLICY, 0, 0, snapshot.zone), Scope(), ""))
    return standing


def list_rungs(
    standing: Sequence[Standing], *, story: StoryTraits, reader: Reader, now: datetime
) -> list[Rung]:
    """Each policy from above with what it lacks, down to the one that rules and those below."""
    ruling = choose(standing, story, reader, now)
    return [
        Rung(one, find_misfits(one.scope, story, reader, now), one is ruling) for one in standing
    ]


def find_misfits(
    scope: Scope, story: StoryTraits, reader: Reader, now: datetime
) -> tuple[str, ...]:
    """The parts of a scope that do not take in the story or the reader."""
    return tuple(
        part.name
        for part in dataclasses.fields(Scope)
        if not Scope(**{part.name: getattr(scope, part.name)}).covers(story, reader, now)
    )


def try_policies(
    standing: Sequence[Standing],
    *,
    story: StoryTraits,
    access: AccessClass,
    reader: Reader,
    now: datetime,
) -> Trial:
    """What ``reader`` meets on ``story``, the allowance spent elsewhere."""
    ruling = choose(standing, story, reader, now) if access is AccessClass.METERED else standing[-1]
    policy = ruling.policy
    reads = Reads(get_allowance(policy, reader), already=False)
    verdict = decide(policy, access, reader, reads, now)
    return Trial(ruling, verdict, _write_request(verdict, ruling, now))


def _write_request(verdict: Verdict, ruling: Standing, now: datetime) -> RenditionRequest:
    if verdict.outcome is Outcome.FULL:
        return RenditionRequest(outcome=Outcome.FULL)
    rolling = bool(get_window(ruling.policy, now).today)
    code = ReasonCode(
        make_mark(settings.PAPER.name),
        verdict.policy,
        verdict.reason,
        verdict.limit,
        verdict.window,
        verdict.resets_on if rolling else None,
    )
    return RenditionRequest(
        outcome=Outcome.PREVIEW,
        wall=verdict.wall,
        policy=verdict.policy,
        reason=verdict.reason,
        limit=verdict.limit,
        window=verdict.window,
        resets_on=verdict.resets_on,
        code=code.encode(),
        message_version=ruling.message_version,
    )
