"""Those who knock: somebody whose allowance is spent, somebody without cookies, and false robots."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from broadsheet.scan.asking import NoAnswer, Reader, Site, without_cookies
from broadsheet.scan.learning import STOP_REASONS, Kind, Lesson, read_verdict

MOST_READS = 60
MOST_STOPPED = 6
NO_COOKIES = "without cookies"
ANONYMOUS = "anonymous"
ROBOTS: dict[str, str] = {
    "Googlebot": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "bingbot": "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit": "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Google-InspectionTool": "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
}
GOOGLES_ADDRESS = "66.249.66.1"


def robot_headers(agent: str) -> dict[str, str]:
    """A robot's name, with an address and a referrer that anybody can write."""
    return {
        "User-Agent": agent,
        "X-Forwarded-For": GOOGLES_ADDRESS,
        "Referer": "https://www.google.com/",
    }


def list_robots(like: Reader | None = None) -> list[Reader]:
    """The false robots, without cookies or with another reader's."""
    return [
        without_cookies(f"false {name}", robot_headers(agent))
        if like is None
        else like.like(f"false {name}", robot_headers(agent))
        for name, agent in ROBOTS.items()
    ]


class StoppedReaders:
    """Readers who have read until they were stopped, made when first needed.

    A story that one of them opened on the way stays open to that one, so several are kept.
    ``allowance`` is how many stories the site gives away, where its word is better than trying.
    ``learn`` teaches a story that nobody has looked at yet.
    """

    def __init__(
        self,
        site: Site,
        *,
        metered: Sequence[Lesson],
        others: Sequence[str],
        learn: Callable[[str], Lesson | None],
        allowance: int | None,
    ) -> None:
        self._site = site
        self._metered = list(metered)
        self._others = list(others)
        self._learn = learn
        self._allowance = allowance
        self._made: list[Reader] = []
        self._tries = 0
        self._turn = threading.Lock()
        self.most_read = 0

    def add(self, metered: Sequence[Lesson], *, learnt: Sequence[str]) -> None:
        """More stories that may be read on the way; ``learnt`` addresses need no second look."""
        self._metered += metered
        known = set(learnt)
        self._others = [address for address in self._others if address not in known]

    def find_for(self, address: str) -> Reader | None:
        """A stopped reader who has not opened this story, or ``None`` where nobody is stopped."""
        with self._turn:
            for reader in self._made:
                if address not in reader.opened:
                    return reader
            if self._tries >= MOST_STOPPED:
                return None
            self._tries += 1
            reader = Reader(ANONYMOUS)
            if not self._read_until_stopped(reader, avoid=address):
                return None
            self._made.append(reader)
            return reader

    def _read_until_stopped(self, reader: Reader, *, avoid: str) -> bool:
        opened_by_all = set().union(*(made.opened for made in self._made))
        fresh = [lesson for lesson in self._metered if lesson.address not in opened_by_all]
        rest = [lesson for lesson in self._metered if lesson.address in opened_by_all]
        for lesson in [*rest, *fresh]:
            if lesson.address != avoid and self._is_stopped_at(reader, lesson):
                return True
            if len(reader.opened) >= MOST_READS:
                return False
        for address in self._others[:MOST_READS]:
            self._others.remove(address)
            found = self._learn(address) if address != avoid else None
            if found is not None and found.kind is Kind.METERED:
                self._metered.append(found)
                if self._is_stopped_at(reader, found):
                    return True
            if len(reader.opened) >= MOST_READS:
                return False
        own = (lesson for lesson in self._metered if lesson.address == avoid)
        return any(self._is_stopped_at(reader, lesson) for lesson in own)

    def _is_stopped_at(self, reader: Reader, lesson: Lesson) -> bool:
        if self._allowance is not None and len(reader.opened) >= self._allowance:
            return True
        try:
            answer = self._site.ask(reader, lesson.address)
        except NoAnswer:
            return False
        outcome, reason = read_verdict(answer)
        if outcome == "preview" and reason not in STOP_REASONS:
            return False
        if lesson.is_open_in(answer):
            reader.opened.add(lesson.address)
            self.most_read = max(self.most_read, len(reader.opened))
            return False
        return True
