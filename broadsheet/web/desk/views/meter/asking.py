"""“Which policy rules this story?”: the ladder for one story and one reader, in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import Rung, list_rungs, list_standing, try_policies
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.queries import find_live_story
from broadsheet.domain.meter import UNLIMITED, Outcome, Reader, ReaderKind, Reason, Verdict
from broadsheet.domain.policy_scope import DAY, Scope, StoryTraits
from broadsheet.domain.segment import Segment
from broadsheet.domain.story import AccessClass, Origin
from broadsheet.plumbing.formatting import format_number
from broadsheet.web.desk.policy_words import (
    Names,
    load_names,
    say_names,
    say_period,
    say_policy,
    say_reader,
)

STORY = re.compile(r"(?:^|-)(\d{1,17})/?(?:[?#].*)?$")
READERS = [
    (ReaderKind.ANONYMOUS.value, gettext_lazy("an anonymous reader")),
    (ReaderKind.REGISTERED.value, gettext_lazy("a registered reader")),
    (ReaderKind.SUBSCRIBER.value, gettext_lazy("a subscriber")),
]


@dataclass(frozen=True, slots=True)
class Step:
    """One rung in words: the policy's sentence, and why it does not cover or that it rules."""

    code: str
    priority: int
    sentence: SafeString
    why: SafeString
    rules: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Which policy rules a story for a reader, and what it comes to."""

    story: Story
    steps: tuple[Step, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class _Case:
    """The story and the reader asked about, with the names to tell them by."""

    story: StoryTraits
    reader: Reader
    names: Names
    now: datetime


class AskForm(forms.Form):
    """Which story, and who reads."""

    story = forms.CharField(
        label=gettext_lazy("Address or number of the story"), max_length=300, strip=True
    )
    reader = forms.ChoiceField(label=gettext_lazy("Read by"), choices=READERS, required=False)
    country = forms.CharField(label=gettext_lazy("in the country"), max_length=2, required=False)
    segments = forms.MultipleChoiceField(
        label=gettext_lazy("of the segments"),
        choices=[(one.value, say_reader(one)) for one in Segment],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_story(self) -> Story:
        story = find_story(self.cleaned_data["story"])
        if story is None:
            raise forms.ValidationError(
                _("No published story has this address or number. Copy it from the story’s page.")
            )
        return story

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if country and not re.fullmatch("[A-Z]{2}", country):
            raise forms.ValidationError(_("Write two letters, as in IN or GB, or nothing."))
        return country

    def read_reader(self) -> Reader:
        """The reader asked about; a subscriber has every story of the meter."""
        kind = ReaderKind(self.cleaned_data["reader"] or ReaderKind.ANONYMOUS)
        return Reader(
            kind,
            benefits=frozenset({UNLIMITED} if kind is ReaderKind.SUBSCRIBER else ()),
            segments=frozenset(self.cleaned_data["segments"]),
            country=self.cleaned_data["country"],
        )


def find_story(written: str) -> Story | None:
    """The published story of an address or number."""
    found = STORY.search(written.strip())
    return find_live_story(int(found[1])) if found else None


def split_words(written: str) -> list[str]:
    """Words between commas, each once, in order."""
    return list(dict.fromkeys(word.strip() for word in written.split(",") if word.strip()))


def describe_story(story: Story) -> StoryTraits:
    """What of a story a scope can ask for."""
    return StoryTraits(
        section=story.section.slug,
        topics=frozenset(topic.slug for topic in story.topics.all()),
        origin=story.origin,
        authors=frozenset(byline.author.slug for byline in story.bylines.all()),
        published_at=story.published_at,
    )


def answer(story: Story, reader: Reader, now: datetime) -> Answer:
    """The ladder from the highest policy to the one that rules, and what the reader gets."""
    access = story.effective_access
    if access is not AccessClass.METERED:
        return Answer(story, (), _say_unmetered(access, story))
    standing = list_standing(now)
    traits = describe_story(story)
    rungs = list_rungs(standing, story=traits, reader=reader, now=now)
    codes = [rung.standing.policy.code for rung in rungs]
    rows = {row.code: row for row in MeterPolicy.objects.filter(code__in=codes)}
    names = load_names([_known(traits), *(rung.standing.scope for rung in rungs)])
    steps = []
    for rung in rungs:
        row = rows.get(rung.standing.policy.code)
        if row is not None:
            why = _say_why(rung, _Case(traits, reader, names, now))
            steps.append(
                Step(
                    row.code,
                    row.priority,
                    say_policy(row, names, _("Everything else")),
                    why,
                    rung.rules,
                )
            )
        if rung.rules:
            break
    trial = try_policies(standing, story=traits, access=access, reader=reader, now=now)
    ruling = rows.get(trial.ruling.policy.code)
    return Answer(story, tuple(steps), say_verdict(trial.verdict, ruling))


def say_verdict(verdict: Verdict, row: MeterPolicy | None) -> str:
    """What a reader gets on a metered story, in a sentence or two."""
    if row is None:
        return _("No policy is in force, so metered stories are closed.")
    said = {
        Reason.ENTITLED: _("Opens it, and everything else that is metered; nothing is counted."),
        Reason.OPEN_BY_POLICY: _("Opens it; nothing is counted."),
        Reason.REGISTERED: _("Opens it, for having an account; nothing is counted."),
        Reason.SUBSCRIBERS_ONLY: _("Is stopped at once: it takes a subscription."),
        Reason.REGISTRATION_NEEDED: _("Is stopped at once: it takes an account."),
    }.get(verdict.reason)
    if said:
        return said
    after = (
        _("the next one asks for an account")
        if verdict.reason is Reason.REGISTER_TO_GO_ON
        else _("the next one asks for a subscription")
    )
    if not verdict.limit:
        return _("Opens none: %(after)s.") % {"after": after}
    return _("Opens %(limit)s %(period)s; %(after)s.") % {
        "limit": format_number(verdict.limit),
        "period": say_period(row),
        "after": after,
    }


def is_stopped(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.PREVIEW


def _known(traits: StoryTraits) -> Scope:
    """The story's own names as a scope, so that they are looked up with the others."""
    return Scope(sections=frozenset({traits.section}), topics=traits.topics, authors=traits.authors)


def _say_unmetered(access: AccessClass, story: Story) -> str:
    if access is AccessClass.FREE and story.freed_at is not None:
        return _("It is free for all just now, by the emergency switch. No policy is asked.")
    return {
        AccessClass.FREE: _("It is free: everybody opens it, and no policy is asked."),
        AccessClass.REGISTERED: _("It is for readers with an account. No policy is asked."),
        AccessClass.PREMIUM: _(
            "It is premium: it opens for plans with premium. No policy is asked."
        ),
    }[access]


def _say_why(rung: Rung, case: _Case) -> SafeString:
    if rung.rules:
        return format_html("{}", _("This one rules."))
    scope = rung.standing.scope
    said = [_say_misfit(part, scope, case) for part in rung.misfits]
    return format_html(
        _("Does not cover it: {}."), format_html_join("; ", "{}", ((one,) for one in said))
    )


def _say_misfit(part: str, scope: Scope, case: _Case) -> SafeString:
    if part in {"from_age", "until_age"}:
        return _say_age(part, scope, case)
    wanted = say_names(part, scope, case.names)
    if part == "countries":
        if not case.reader.country:
            return format_html(_("the reader’s country is unknown, not {}"), wanted)
        return format_html(_("the reader is in {}, not in {}"), case.reader.country, wanted)
    if part == "origins":
        return format_html(
            _("its origin is “{}”, not {}"),
            case.names.get("origins", Origin(case.story.origin)),
            wanted,
        )
    phrase = {
        "sections": _("it is in {}, not in {}"),
        "segments": _("the reader is none of its {}"),
        "topics": _("it is not on {}"),
        "authors": _("it is not by {}"),
    }[part]
    if part == "sections":
        return format_html(phrase, case.names.get("sections", case.story.section), wanted)
    return format_html(phrase, wanted)


def _say_age(part: str, scope: Scope, case: _Case) -> SafeString:
    if case.story.published_at is None:
        return format_html("{}", _("it has no date"))
    age = {"age": format_number((case.now - case.story.published_at) // DAY)}
    if part == "from_age":
        said = _("it is %(age)s days old, younger than %(days)s") % {**age, "days": scope.from_age}
    else:
        said = _("it is %(age)s days old, not younger than %(days)s") % {
            **age,
            "days": scope.until_age,
        }
    return format_html("{}", said)
