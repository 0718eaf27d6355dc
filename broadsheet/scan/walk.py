"""The whole scan, from an address to a report.

Stories are scanned in batches, so that memory does not grow with the site: a batch's texts are
forgotten, and its sentences with them, before the next one begins.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from broadsheet.scan import finding
from broadsheet.scan.around import Around
from broadsheet.scan.asking import (
    Answer,
    CannotScan,
    NoAnswer,
    Reader,
    Site,
    tidy_address,
    without_cookies,
)
from broadsheet.scan.doors import Door, choose_words, list_doors, list_main_doors
from broadsheet.scan.learning import OPEN_REASONS, Kind, KnownText, Lesson, Teacher, read_verdict
from broadsheet.scan.letters import fold
from broadsheet.scan.locked import LockedText
from broadsheet.scan.page import Page
from broadsheet.scan.readers import ANONYMOUS, NO_COOKIES, StoppedReaders, list_robots
from broadsheet.scan.report import Report, Unjudged
from broadsheet.scan.search import Leaks, Search
from broadsheet.scan.sign_in import read_cookies, sign_in

BATCH = 250
PUBLIC_WORDS = 80
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How to scan. ``preview_words`` may be seen of a text that says nothing of its preview."""

    feeds: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    most_stories: int = 1000
    at_once: int = 4
    pause: float | None = None
    preview_words: int = 120
    allowance: int | None = None
    email: str = ""
    password: str = field(default="", repr=False)
    login: str = ""
    cookie_file: Path | None = None
    texts: Mapping[str, KnownText] = field(default_factory=dict)


@dataclass(slots=True)
class Subject:
    """One story under scan: what was learnt, who looks, and the page that reader got."""

    lesson: Lesson
    reader: Reader
    answer: Answer
    public: list[str]
    words: str


def scan_site(address: str, wishes: Wishes, *, tell: Tell) -> Report:
    """Scan a site. ``tell`` hears how far it is. Raises ``CannotScan``."""
    began = time.monotonic()
    site, first = finding.begin(address, pause=wishes.pause)
    subscriber = None
    if wishes.cookie_file is not None:
        subscriber = read_cookies(site, wishes.cookie_file)
    elif wishes.email:
        subscriber = sign_in(site, email=wishes.email, password=wishes.password, door=wishes.login)
    lists = _find_lists(site, first, wishes)
    only = tuple(tidy_address(story) for story in wishes.only)
    addresses = list(only or lists.addresses)
    with ThreadPoolExecutor(wishes.at_once) as pool:
        walk = Walk(
            site=site, wishes=wishes, pool=pool, subscriber=subscriber, lists=lists, tell=tell
        )
        for at in range(0, min(len(addresses), wishes.most_stories), BATCH):
            walk.scan(addresses[at : min(at + BATCH, wishes.most_stories)])
    report = walk.report
    report.left = max(0, len(addresses) - wishes.most_stories)
    report.leaks = walk.leaks.list_leaks()
    report.unanswered = site.unanswered
    report.seconds = round(time.monotonic() - began, 1)
    if not report.stories:
        raise CannotScan(
            f"None of the {len(addresses)} pages that the lists of {site.origin} name says that it "
            "is a story (og:type, NewsArticle or data-story). Give another list with --feed."
        )
    return report


def _find_lists(site: Site, first: Answer, wishes: Wishes) -> finding.Lists:
    try:
        return finding.find_lists(site, first, wishes.feeds)
    except CannotScan:
        if wishes.only:
            return finding.Lists()
        raise


class Walk:
    """One scan under way."""

    def __init__(
        self,
        *,
        site: Site,
        wishes: Wishes,
        pool: ThreadPoolExecutor,
        subscriber: Reader | None,
        lists: finding.Lists,
        tell: Tell,
    ) -> None:
        self._site = site
        self._wishes = wishes
        self._pool = pool
        self._tell = tell
        self._teacher = Teacher(site, subscriber=subscriber, texts=wishes.texts)
        self._stopped = StoppedReaders(
            site,
            metered=(),
            others=list(lists.addresses),
            learn=self._teacher.learn,
            allowance=wishes.allowance,
        )
        self._anonymous = Reader(ANONYMOUS)
        self._nobody = without_cookies(NO_COOKIES)
        self._robots = list_robots()
        self._around = Around(site, lists.read)
        self._listed = set(lists.addresses)
        self._search = Search(LockedText())
        self._turn = threading.Lock()
        self._done = itertools.count(1)
        self.report = Report()
        self.leaks = Leaks()

    def scan(self, addresses: Sequence[str]) -> None:
        """Scan one batch."""
        lessons = self._learn(addresses)
        judged = [lesson for lesson in lessons if lesson.kind in {Kind.METERED, Kind.LOCKED}]
        self._stopped.add(
            [lesson for lesson in judged if lesson.kind is Kind.METERED], learnt=addresses
        )
        subjects = [subject for subject in self._pool.map(self._look, judged) if subject]
        stories = self._listed | {lesson.address for lesson in lessons}
        for subject in subjects:
            self._around.note_links(subject.answer, stories)
        self._search = Search(self._lock(lessons, subjects))
        total = len(subjects)
        for _ in self._pool.map(self._knock, subjects):
            self._tell(self._say(f"{next(self._done)} of {total} locked stories"))
        free = [lesson for lesson in lessons if lesson.kind is Kind.OPEN]
        list(self._pool.map(self._read_open, free))
        doors = self._around.list_doors()
        self._tell(self._say(f"{len(doors)} pages around them"))
        for reader in (self._anonymous, self._nobody, self._robots[0]):
            list(self._pool.map(lambda door, who=reader: self._try(door, who), doors))  # type: ignore[misc]

    def _learn(self, addresses: Sequence[str]) -> list[Lesson]:
        lessons: dict[str, Lesson] = {}
        for number, lesson in enumerate(self._pool.map(self._teacher.learn, addresses), start=1):
            self._tell(self._say(f"read {number} of {len(addresses)} addresses"))
            if lesson is None:
                self._around.note_page(addresses[number - 1])
                continue
            if lessons.setdefault(lesson.address, lesson) is not lesson:
                continue
            self._around.note_story(lesson.address)
            self.report.stories += 1
            self.report.open += lesson.kind is Kind.OPEN
            if lesson.kind is Kind.UNKNOWN:
                self._leave(lesson, lesson.why)
        return list(lessons.values())

    def _look(self, lesson: Lesson) -> Subject | None:
        """The story as it is for whom it is locked, or ``None`` where that cannot be judged."""
        reader = self._stopped.find_for(lesson.address)
        if reader is None and lesson.kind is Kind.METERED:
            self._leave(
                lesson,
                f"nobody was stopped after {self._stopped.most_read} free stories; say with "
                "--allowance after how many the site should stop a reader",
            )
            return None
        reader = reader or self._anonymous
        try:
            answer = self._site.ask(reader, lesson.address)
        except NoAnswer as error:
            self._leave(lesson, f"it did not answer: {error}")
            return None
        page = Page(answer.address, answer.text)
        if self._is_open_after_all(lesson, answer, page):
            lesson.kind = Kind.OPEN
            with self._turn:
                self.report.open += 1
            return None
        if lesson.guessed and lesson.is_open_in(answer):
            self._leave(
                lesson,
                "a newcomer and a stopped reader get the same; only a subscriber's credentials "
                "(--email or --cookie-file) tell whether that is all",
            )
            return None
        public = [_cut([text], PUBLIC_WORDS) for text in page.list_public()]
        public.append(_cut(page.list_preview(), self._wishes.preview_words))
        middle = lesson.sentences[len(lesson.sentences) // 2].printed
        return Subject(lesson, reader, answer, public, choose_words(middle))

    def _is_open_after_all(self, lesson: Lesson, answer: Answer, page: Page) -> bool:
        """Whether a reader who is stopped elsewhere may read this one by the site's own rule."""
        outcome, reason = read_verdict(answer)
        if outcome:
            return outcome == "full" and reason in OPEN_REASONS
        unsaid = not page.access and not lesson.says_locked
        return lesson.kind is Kind.METERED and unsaid and lesson.is_open_in(answer)

    def _lock(self, lessons: Iterable[Lesson], subjects: Sequence[Subject]) -> LockedText:
        """The batch's locked sentences; what any page may print of them is none."""
        text = LockedText()
        told: Counter[str] = Counter(
            sentence.letters
            for subject in subjects
            if not subject.lesson.marked
            for sentence in subject.lesson.sentences
        )
        for subject in subjects:
            for sentence in subject.lesson.sentences:
                if subject.lesson.marked or told[sentence.letters] == 1:
                    text.add(subject.lesson.address, sentence)
            subject.lesson.paragraphs = []
            subject.lesson.sentences = (
                subject.lesson.sentences if subject.lesson.kind is Kind.METERED else []
            )
        for subject in subjects:
            for letters in subject.public:
                text.forgive(letters)
        for lesson in lessons:
            if lesson.kind is Kind.OPEN:
                text.forgive(fold(" ".join(lesson.paragraphs)))
                lesson.paragraphs = []
        self.report.locked += len(subjects)
        self.report.sentences += len(text)
        return text

    def _knock(self, subject: Subject) -> None:
        """Try every door of one story."""
        lesson, reader = subject.lesson, subject.reader
        doors = list_doors(lesson.address, subject.answer, self._site, subject.words)
        main = list_main_doors(lesson.address)
        for door in doors:
            self._try(door, reader)
        if lesson.kind is Kind.LOCKED:
            for door in doors:
                self._try(door, self._nobody)
            robots = self._robots
        else:
            self._try(doors[0], self._nobody, new_reader_of=lesson)
            robots = list_robots(reader)
        for robot, door in itertools.product(robots, main):
            self._try(door, robot)

    def _read_open(self, lesson: Lesson) -> None:
        self._try(Door("page", lesson.address), self._anonymous)

    def _try(self, door: Door, reader: Reader, *, new_reader_of: Lesson | None = None) -> None:
        try:
            if door.bare:
                answer = self._site.ask_bare(
                    reader, door.address, method=door.method, headers=door.headers
                )
            else:
                answer = self._site.ask(
                    reader, door.address, method=door.method, headers=door.headers
                )
        except NoAnswer:
            return
        own = new_reader_of.address if new_reader_of else ""
        opened = False
        for found in self._search.find(answer):
            story = found.sighting.story
            if story == own:
                opened = True
            elif story not in reader.opened:
                self.leaks.add(found, door=door.name, reader=reader.name, address=answer.address)
        with self._turn:
            self.report.representations += 1
            self.report.new_readers_asked += new_reader_of is not None
            self.report.new_readers_opened += opened
            if answer.cut:
                self._note("an answer is longer than was read of it", answer)
            if door.method == "HEAD" and answer.body:
                self._note("HEAD is answered with a body", answer)

    def _note(self, what: str, answer: Answer) -> None:
        """Remember the first time that something was odd."""
        if not any(note.startswith(what) for note in self.report.notes):
            self.report.notes.append(f"{what}: {answer.address}")

    def _leave(self, lesson: Lesson, reason: str) -> None:
        with self._turn:
            self.report.unjudged.append(Unjudged(lesson.address, reason))

    def _say(self, what: str) -> str:
        figures = f"{self.report.representations} representations, {len(self.leaks)} leaks"
        return f"{what}; {figures}"


def _cut(paragraphs: Sequence[str], words: int) -> str:
    """The letters of the first paragraph and of as many more as stay within ``words``."""
    kept, held = list(paragraphs[:1]), len(" ".join(paragraphs[:1]).split())
    for paragraph in paragraphs[1:]:
        held += len(paragraph.split())
        if held > words:
            break
        kept.append(paragraph)
    return fold(" ".join(kept))
