"""The form that reads as a sentence: what was typed, and the policy it means.

Fields bear the names of the policy's parts, so that every refusal finds the words it is about.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from broadsheet.apps.meter.actions import FIRST_MESSAGE, PolicyTerms
from broadsheet.apps.meter.models import MOST, WINDOWS, MeterPolicy
from broadsheet.apps.newsroom.models import Author, Section, Topic
from broadsheet.apps.newsroom.models.story import ORIGIN_CHOICES
from broadsheet.domain.meter import MOST_DAYS, PolicyKind, ReaderKind, WindowKind
from broadsheet.domain.meter_message import LONGEST, WrongMessage, check_message
from broadsheet.domain.policy_scope import EVERYTHING, HIGHEST_PRIORITY, PAPERS_OWN, Scope
from broadsheet.domain.segment import Segment
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.paper_time import PaperTimeField
from broadsheet.web.desk.policy_words import say_reader
from broadsheet.web.desk.views.meter.asking import split_words

OWN, PART = "own", "part"
STEP = 10
"""Priorities are suggested this far apart, so that others fit between."""
OLDEST = 36_500
READERS = (*ReaderKind, *Segment)
REACH = [
    (OWN, gettext_lazy("every story that no other policy covers")),
    (PART, gettext_lazy("some stories or some readers")),
]
KINDS = [
    (PolicyKind.METER.value, gettext_lazy("so many free stories")),
    (PolicyKind.OPEN.value, gettext_lazy("everything free for everybody")),
    (PolicyKind.LOCKED.value, gettext_lazy("nothing without a subscription")),
    (PolicyKind.ACCOUNT.value, gettext_lazy("everything with an account")),
]
THEN = [
    ("", gettext_lazy("a subscription")),
    ("1", gettext_lazy("an account first, then a subscription")),
]
COUNTS = [
    ("", gettext_lazy("the usual way")),
    ("own", gettext_lazy("apart, in a count of their own")),
    ("paper", gettext_lazy("with all others, in the paper’s own count")),
]
OWN_COUNT = {"": None, "own": True, "paper": False}
SCOPE_PARTS = ("sections", "topics", "origins", "authors", "countries", "segments")
AGES = ("from_age", "until_age")


def _number(label: Any, most: int, least: int = 0) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=False)


def _choice(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), required=False)


def _several(label: Any, choices: Iterable[tuple[str, Any]] = ()) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=list(choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class NamesField(forms.CharField):
    """Names between commas, as they stand in a table; cleaned to slugs."""

    def __init__(self, table: Any, noun: Any, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=2000, **kwargs)
        self.table, self.noun = table, noun

    def clean(self, value: Any) -> list[str]:
        """Raises ``ValidationError`` naming the first that is unknown, with the nearest known."""
        wanted = split_words(super().clean(value))
        if not wanted:
            return []
        known = list(self.table.objects.values_list("name", "slug"))
        slugs = {
            word.casefold(): slug
            for pair in known
            for word, slug in zip(pair, pair[1:] * 2, strict=True)
        }
        found = []
        for word in wanted:
            slug = slugs.get(word.casefold())
            if slug is None:
                raise ValidationError(self._refuse(word, [name for name, _slug in known]))
            found.append(slug)
        return list(dict.fromkeys(found))

    def _refuse(self, word: str, known: list[str]) -> str:
        said = _("There is no %(noun)s “%(name)s” here.") % {"noun": self.noun, "name": word}
        near = {name.casefold(): name for name in known}
        close = difflib.get_close_matches(word.casefold(), near, n=1)
        if close:
            said += " " + _("Did you mean “%(near)s”?") % {"near": near[close[0]]}
        return said


class MessageForm(forms.Form):
    """The words a stopped reader is told."""

    message = forms.CharField(
        label=gettext_lazy("What a stopped reader is told"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    shown_on = forms.CharField(
        label=gettext_lazy("Show it on the story"), max_length=300, required=False
    )

    def clean_message(self) -> str:
        message: str = self.cleaned_data["message"]
        try:
            check_message(message)
        except WrongMessage as wrong:
            raise ValidationError(str(wrong)) from wrong
        return message


class SentenceForm(MessageForm):
    """A whole policy. What is left out has the paper's usual meaning."""

    reach = _choice(gettext_lazy("For"), REACH)
    sections = _several(gettext_lazy("Sections"))
    topics = NamesField(Topic, gettext_lazy("topic"), label=gettext_lazy("Topics"))
    authors = NamesField(Author, gettext_lazy("author"), label=gettext_lazy("Authors"))
    origins = _several(gettext_lazy("Origins"), ORIGIN_CHOICES)
    from_age = _number(gettext_lazy("From how many days old"), OLDEST)
    until_age = _number(gettext_lazy("Younger than how many days"), OLDEST)
    segments = _several(gettext_lazy("Readers"))
    countries = forms.CharField(label=gettext_lazy("Countries"), max_length=400, required=False)
    kind = _choice(gettext_lazy("What readers get"), KINDS)
    anonymous_allowance = _number(gettext_lazy("Free stories without an account"), MOST)
    registered_allowance = _number(gettext_lazy("Free stories with an account"), MOST)
    window = _choice(gettext_lazy("In which time"), WINDOWS)
    days = _number(gettext_lazy("How many days"), MOST_DAYS)
    account_first = _choice(gettext_lazy("What is asked for then"), THEN)
    own_count = _choice(gettext_lazy("How they are counted"), COUNTS)
    starts_at = PaperTimeField(gettext_lazy("From"))
    ends_at = PaperTimeField(gettext_lazy("Until"))
    priority = _number(gettext_lazy("Priority"), HIGHEST_PRIORITY, least=1)
    name = forms.CharField(label=gettext_lazy("Name at the desk"), max_length=80, required=False)
    code = forms.CharField(label=gettext_lazy("Code"), max_length=8, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "rule-%s", **kwargs})
        sections = Section.objects.order_by("position", "name").values_list("slug", "name")
        self._offer("sections", sections)
        self._offer("segments", ((name.value, say_reader(name)) for name in READERS))
        for name in ("topics", "authors"):
            self.fields[name].widget.attrs |= {"list": f"known-{name}", "data-names": ""}
        for name in ("topics", "authors", "countries", "code"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        self.fields["starts_at"].widget.attrs["data-empty"] = _("now")
        self.fields["ends_at"].widget.attrs["data-empty"] = _("further notice")

    def _offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = list(choices)

    def clean_message(self) -> str:
        """A rule that stops nobody needs no words."""
        if self.data.get("kind") == PolicyKind.OPEN and not self.cleaned_data["message"].strip():
            return FIRST_MESSAGE
        return super().clean_message()

    def clean_countries(self) -> list[str]:
        return split_words(self.cleaned_data["countries"].upper().replace(" ", ","))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip().upper()
        return code

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        reach = given.get("reach") or OWN
        if reach == OWN and (named := self._find_parts(given)):
            self.add_error(
                "reach",
                _("You chose every story, and then %(parts)s. Choose “some”, or clear them.")
                % {"parts": ", ".join(str(self.fields[part].label).lower() for part in named)},
            )
        if reach == PART and not given.get("priority") and "priority" not in self.errors:
            self.add_error("priority", _("Write a number from 1 on: the highest rules first."))
        if (given.get("kind") or PolicyKind.METER) == PolicyKind.METER:
            for name in ("anonymous_allowance", "registered_allowance"):
                if given.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Write how many."))
        return given

    def read_policy(self, instant: datetime) -> dict[str, Any]:
        """The arguments of ``adopt_policy`` that the sentence means."""
        given = self.cleaned_data
        kind = PolicyKind(given["kind"] or PolicyKind.METER)
        counts = kind is PolicyKind.METER
        is_own = (given["reach"] or OWN) == OWN
        return {
            "anonymous_allowance": given["anonymous_allowance"] if counts else 0,
            "registered_allowance": given["registered_allowance"] if counts else 0,
            "message": given["message"],
            "starts_at": given["starts_at"] or instant,
            "code": given["code"],
            "terms": PolicyTerms(
                kind=kind,
                window=WindowKind(given["window"] if counts and given["window"] else WINDOWS[0][0]),
                days=(given["days"] or 0) if counts else 0,
                account_first=counts and bool(given["account_first"]),
                priority=PAPERS_OWN if is_own else given["priority"],
                scope=EVERYTHING if is_own else self._read_scope(),
                name=given["name"],
                own_count=None if is_own else OWN_COUNT[given["own_count"]],
                ends_at=given["ends_at"],
            ),
        }

    def _read_scope(self) -> Scope:
        given = self.cleaned_data
        return Scope(
            sections=frozenset(given["sections"]),
            topics=frozenset(given["topics"]),
            origins=frozenset(given["origins"]),
            authors=frozenset(given["authors"]),
            countries=frozenset(given["countries"]),
            segments=frozenset(given["segments"]),
            from_age=given["from_age"],
            until_age=given["until_age"],
        )

    @staticmethod
    def _find_parts(given: dict[str, Any]) -> list[str]:
        named = [part for part in SCOPE_PARTS if given.get(part)]
        return named + [part for part in AGES if given.get(part) is not None]


def suggest(standing: MeterPolicy | None) -> dict[str, Any]:
    """What stands in a new sentence: the paper's own meter, and the next free priority."""
    return {
        "reach": OWN,
        "kind": PolicyKind.METER.value,
        "anonymous_allowance": standing.anonymous_allowance if standing else 5,
        "registered_allowance": standing.registered_allowance if standing else 8,
        "window": standing.window if standing else WINDOWS[0][0],
        "days": standing.days or None if standing else None,
        "account_first": "1" if standing and standing.account_first else "",
        "message": standing.message if standing else FIRST_MESSAGE,
        "priority": suggest_priority(),
    }


def suggest_priority() -> int:
    """Above every special policy in force or coming, if there is room."""
    held = MeterPolicy.objects.special().in_force_or_coming(now()).order_by("-priority").first()
    highest = held.priority if held else 0
    return min(highest // STEP * STEP + STEP, HIGHEST_PRIORITY)


def spell_out(row: MeterPolicy) -> dict[str, Any]:
    """A policy as the sentence's first words, for another like it; it begins anew."""
    scope = row.read_scope()
    names = {
        part: ", ".join(
            table.objects.filter(slug__in=getattr(scope, part)).values_list("name", flat=True)
        )
        for part, table in (("topics", Topic), ("authors", Author))
    }
    return {
        **suggest(row),
        **names,
        "reach": OWN if row.priority == PAPERS_OWN else PART,
        "kind": row.kind,
        "sections": sorted(scope.sections),
        "origins": sorted(scope.origins),
        "countries": ", ".join(sorted(scope.countries)),
        "segments": sorted(scope.segments),
        "from_age": scope.from_age,
        "until_age": scope.until_age,
        "name": row.name,
    }


def list_known() -> dict[str, list[str]]:
    """The names that the fields for topics and authors offer."""
    return {
        "topics": list(Topic.objects.order_by("name").values_list("name", flat=True)),
        "authors": list(Author.objects.order_by("name").values_list("name", flat=True)),
    }


def add_refusal(form: forms.Form, refused: ValidationError) -> None:
    """Put each error beside its field, or above the sentence where it has none."""
    if not hasattr(refused, "error_dict"):
        form.add_error(None, refused)
        return
    for field, errors in refused.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
