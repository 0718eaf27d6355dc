"""Learning what is locked: each story's text, and who may have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from broadsheet.scan.asking import Answer, NoAnswer, Reader, Site, tidy_address, without_cookies
from broadsheet.scan.letters import TAG, fold, unescape
from broadsheet.scan.locked import Sentence, list_sentences
from broadsheet.scan.page import Page

OK = 200
VERDICT = "broadsheet-verdict"
OPEN_REASONS = frozenset({"free", "open-by-policy", "uncounted"})
STOP_REASONS = frozenset(
    {"allowance-spent", "network-budget", "count-unavailable", "register-to-go-on"}
)
CREDENTIALS = "give a subscriber's credentials (--email or --cookie-file)"


class Kind(StrEnum):
    """Who may have a story's text."""

    OPEN = "open"
    METERED = "metered"
    LOCKED = "locked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class KnownText:
    """A story's text as its newsroom knows it."""

    paragraphs: tuple[str, ...]


@dataclass(slots=True)
class Lesson:
    """What was learnt of one story.

    ``marked``: the page says itself where its text stands. ``guessed``: what a newcomer got was
    taken for the whole text, and the page does not say whether it is.
    """

    address: str
    kind: Kind
    paragraphs: list[str] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    marked: bool = False
    guessed: bool = False
    says_locked: bool = False
    why: str = ""

    def is_open_in(self, answer: Answer) -> bool:
        """Whether an answer holds most of the text."""
        outcome, _ = read_verdict(answer)
        if outcome:
            return outcome == "full"
        said = fold(TAG.sub("", unescape(answer.text)))
        held = sum(sentence.letters in said for sentence in self.sentences)
        return bool(self.sentences) and held * 2 >= len(self.sentences)


def read_verdict(answer: Answer) -> tuple[str, str]:
    """Outcome and reason of our own gate's header, ``("", "")`` where there is none."""
    outcome, _, rest = answer.headers.get(VERDICT, "").partition("; ")
    return outcome, rest.partition("reason=")[2].partition(";")[0]


class Teacher:
    """Reads each story as a newcomer and, if it can, as a subscriber or from the newsroom's text."""

    def __init__(
        self, site: Site, *, subscriber: Reader | None, texts: Mapping[str, KnownText]
    ) -> None:
        self._site = site
        self._subscriber = subscriber
        self._texts = texts
        self._newcomer = without_cookies("without cookies")

    def learn(self, address: str) -> Lesson | None:
        """What there is to know of a story, ``None`` where the address leads to none."""
        try:
            answer = self._site.ask(self._newcomer, address)
        except NoAnswer as error:
            return Lesson(address, Kind.UNKNOWN, why=f"it did not answer: {error}")
        page = Page(answer.address, answer.text)
        known = self._texts.get(address)
        if answer.status != OK or not (known or page.is_story):
            return None
        address = tidy_address(answer.address)
        lesson = Lesson(address, Kind.UNKNOWN, says_locked=page.is_free is False)
        if _is_open(answer, page):
            lesson.kind = Kind.OPEN
            lesson.paragraphs, _ = page.find_body()
            return lesson
        lesson.why = self._read_text(lesson, answer, page, known)
        if lesson.why:
            return lesson
        lesson.sentences = list_sentences(lesson.paragraphs)
        if not lesson.sentences:
            lesson.why = "no text of any length was found in it"
        else:
            lesson.kind = _find_kind(lesson, answer, page)
        return lesson

    def _read_text(
        self, lesson: Lesson, answer: Answer, page: Page, known: KnownText | None
    ) -> str:
        """Put the whole text into the lesson; why it cannot be had, or ``""``."""
        if known is not None:
            lesson.paragraphs, lesson.marked = list(known.paragraphs), True
            return ""
        if self._subscriber is not None:
            try:
                answer = self._site.ask(self._subscriber, lesson.address)
            except NoAnswer as error:
                return f"the subscriber got no answer: {error}"
            page = Page(answer.address, answer.text)
            if _is_stopped(answer, page):
                return "the account does not open it"
        elif _is_stopped(answer, page):
            return f"no newcomer may read it; {CREDENTIALS}"
        else:
            lesson.guessed = not page.access
        lesson.paragraphs, lesson.marked = page.find_body()
        return ""


def _is_stopped(answer: Answer, page: Page) -> bool:
    return read_verdict(answer)[0] == "preview" or page.is_preview or bool(page.wall)


def _is_open(answer: Answer, page: Page) -> bool:
    """Whether the site itself says that anybody may read it."""
    outcome, reason = read_verdict(answer)
    if outcome:
        return outcome == "full" and reason in OPEN_REASONS
    return page.access == "free" or (not page.access and page.is_free is True)


def _find_kind(lesson: Lesson, answer: Answer, page: Page) -> Kind:
    """Metered is what a newcomer gets whole; the page's own word goes before."""
    if page.access in {"premium", "registered"}:
        return Kind.LOCKED
    if read_verdict(answer)[1] in STOP_REASONS:
        return Kind.METERED
    return Kind.METERED if lesson.is_open_in(answer) else Kind.LOCKED
