"""Several policies at once: which rules a story, what it counts apart, and when that changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from broadsheet.counters.contract import Tally
from broadsheet.domain.meter import PolicyKind, WindowKind
from broadsheet.domain.policy_scope import Scope
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.domain.story import Origin
from broadsheet.protocol.snapshot import DatedPolicy

pytestmark = pytest.mark.pure

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SPORT = Scope(sections=frozenset({"sport"}))
SPENT = "preview; reason=allowance-spent; used={0}; limit={0}"


def special(code, scope=SPORT, *, allowances=(2, 4), starts_at=EPOCH, **terms):
    terms = {"priority": 50, "window": WindowKind.CALENDAR_MONTH, **terms}
    return DatedPolicy(
        code, *allowances, message_version="m1", starts_at=starts_at, scope=scope, **terms
    )


@pytest.fixture
def rule(paper):
    """Put policies beside, or in place of, the paper's own."""

    def rule(*policies):
        own = () if any(p.priority == 0 for p in policies) else paper.snapshot.policies[:1]
        paper.publish(policies=(*own, *policies))
        paper.gate.feed.poll()

    return rule


def add_sport(paper, count, first=101):
    return [paper.site.add(number, section="sport") for number in range(first, first + count)]


def verdicts(reader, urls):
    return [reader.get(url).verdict for url in urls]


def test_a_part_of_the_paper_is_counted_apart(paper, rule):
    rule(special("SP2", tally="SP2", window=WindowKind.WEEK))
    sport, city = add_sport(paper, 3), paper.add_stories(6)
    reader = paper.browser()
    assert verdicts(reader, sport) == [
        "full; reason=within-allowance; used=1; limit=2",
        "full; reason=within-allowance; used=2; limit=2",
        SPENT.format(2),
    ]
    assert verdicts(reader, city)[-2:] == [
        "full; reason=within-allowance; used=5; limit=5",
        SPENT.format(5),
    ]
    key = "d" + reader.jar["bs_device"][1:33]
    assert paper.store.list_reads(Tally("SP2.2026-W47"), key) == (101, 102)
    assert paper.store.list_reads(Tally("2026-11"), key) == (1, 2, 3, 4, 5)


def test_the_code_of_a_stopped_reader_names_the_policy_that_ruled(paper, rule):
    rule(special("SP2", tally="SP2", window=WindowKind.WEEK))
    reader = paper.browser()
    verdicts(reader, add_sport(paper, 3))
    asked = paper.site.renditions[-1]
    assert (asked.policy, asked.limit, asked.window, asked.resets_on) == (
        "SP2",
        2,
        "2026-W47",
        date(2026, 11, 23),
    )
    read = ReasonCode.decode(asked.code)
    assert (read.policy, read.window, read.limit, read.resets_on) == ("SP2", "2026-W47", 2, None)


def test_wire_copy_is_free_for_all_where_a_policy_says_so(paper, rule):
    rule(
        special(
            "WIRE",
            Scope(origins=frozenset({"wire", "edited-wire"})),
            kind=PolicyKind.OPEN,
            allowances=(0, 0),
        )
    )
    reader = paper.browser()
    verdicts(reader, paper.add_stories(6))
    wire = paper.site.add(50)
    paper.site.change(50, origin=Origin.WIRE)
    page = reader.get(wire)
    assert (page.verdict, "bs_shown" in str(page.cookies)) == ("full; reason=open-by-policy", False)
    assert paper.browser().get(wire).verdict == "full; reason=open-by-policy"


def test_a_story_is_locked_at_the_hour_it_is_old_enough(paper, rule):
    rule(special("OLD7", Scope(from_age=7), kind=PolicyKind.LOCKED, allowances=(0, 0)))
    url = paper.site.add(1)
    paper.site.change(1, published_at=(paper.now - 7 * DAY + timedelta(seconds=1)).isoformat())
    reader = paper.browser()
    assert reader.get(url).verdict == "full; reason=within-allowance; used=1; limit=5"
    paper.now += timedelta(seconds=1)
    assert reader.get(url).verdict == "preview; reason=subscribers-only"
    assert paper.site.renditions[-1].wall == "premium"
    paper.site.sign_in("s", 7, "subscriber", ("unlimited",))
    assert paper.browser(bs_session="s").get(url).verdict == "full; reason=entitled"


def test_the_reverse_new_stories_are_the_subscribers_for_a_day(paper, rule):
    rule(special("NEW", Scope(until_age=1), kind=PolicyKind.LOCKED, allowances=(0, 0)))
    url = paper.site.add(1)
    paper.site.change(1, published_at=(paper.now - timedelta(hours=23)).isoformat())
    reader = paper.browser()
    assert reader.get(url).verdict == "preview; reason=subscribers-only"
    paper.now += timedelta(hours=1)
    assert reader.get(url).verdict == "full; reason=within-allowance; used=1; limit=5"


def test_readers_with_an_account_pass_a_registration_wall_uncounted(paper, rule):
    rule(special("REG", kind=PolicyKind.ACCOUNT, allowances=(0, 0)))
    (url,) = add_sport(paper, 1)
    assert paper.browser().get(url).verdict == "preview; reason=registration-needed"
    paper.site.sign_in("s", 7)
    assert paper.browser(bs_session="s").get(url).verdict == "full; reason=registered"
    assert paper.store.list_reads(Tally("2026-11"), "r7") == ()


def test_an_account_is_asked_for_before_a_subscription(paper, rule):
    own = paper.snapshot.policies[0]
    rule(special("M5R", Scope(), allowances=(2, 3), priority=0, account_first=True))
    assert own.code == "M5"
    reader = paper.browser()
    urls = paper.add_stories(5)
    assert verdicts(reader, urls[:3])[-1] == "preview; reason=register-to-go-on; used=2; limit=2"
    assert paper.site.renditions[-1].wall == "registration"
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    assert verdicts(reader, urls[2:]) == [
        "full; reason=within-allowance; used=3; limit=3",
        SPENT.format(3),
        SPENT.format(3),
    ]


def test_in_rolling_days_one_comes_back_when_the_oldest_drops_out(paper, rule):
    rule(
        special(
            "R7", Scope(), allowances=(2, 4), priority=0, window=WindowKind.ROLLING_DAYS, days=7
        )
    )
    reader = paper.browser()
    urls = paper.add_stories(5)
    assert reader.get(urls[0]).verdict.endswith("used=1; limit=2")
    paper.now += 3 * DAY
    assert verdicts(reader, urls[1:3])[-1] == SPENT.format(2)
    asked = paper.site.renditions[-1]
    assert (asked.window, asked.resets_on) == ("rolling-7", date(2026, 11, 29))
    assert ReasonCode.decode(asked.code).resets_on == date(2026, 11, 29)
    paper.now += 3 * DAY
    assert reader.get(urls[2]).verdict == SPENT.format(2)
    paper.now += 1 * DAY
    assert reader.get(urls[2]).verdict == "full; reason=within-allowance; used=2; limit=2"
    assert reader.get(urls[3]).verdict == SPENT.format(2)
    assert paper.site.renditions[-1].resets_on == date(2026, 12, 2)
    assert reader.get(urls[1]).verdict == "full; reason=already-read; used=2; limit=2"


def test_signing_in_carries_every_count_along(paper, rule):
    rule(special("SP2", tally="SP2"))
    sport, city = add_sport(paper, 6), paper.add_stories(3)
    reader = paper.browser()
    verdicts(reader, [*sport[:2], *city])
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    assert verdicts(reader, sport[2:5]) == [
        "full; reason=within-allowance; used=3; limit=4",
        "full; reason=within-allowance; used=4; limit=4",
        SPENT.format(4),
    ]
    assert paper.store.list_reads(Tally("2026-11"), "r7") == (1, 2, 3)


def test_policies_for_some_readers_share_the_papers_count(paper, rule):
    rule(special("ANON2", Scope(segments=frozenset({"anonymous"})), allowances=(2, 2)))
    urls = paper.add_stories(9)
    reader = paper.browser()
    assert verdicts(reader, urls[:3])[-1] == SPENT.format(2)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    assert reader.get(urls[2]).verdict == "full; reason=within-allowance; used=3; limit=8"


def test_a_special_policy_holds_from_its_instant_to_its_end(paper, rule):
    starts_at, ends_at = paper.now + DAY, paper.now + 2 * DAY
    rule(
        special(
            "FREE", kind=PolicyKind.OPEN, allowances=(0, 0), starts_at=starts_at, ends_at=ends_at
        )
    )
    (url,) = add_sport(paper, 1)
    paper.now = starts_at - timedelta(seconds=1)
    assert paper.browser().get(url).verdict.startswith("full; reason=within-allowance")
    paper.now = starts_at
    assert paper.browser().get(url).verdict == "full; reason=open-by-policy"
    paper.now = ends_at
    assert paper.browser().get(url).verdict.startswith("full; reason=within-allowance")


def test_the_higher_priority_rules(paper, rule):
    cup = Scope(topics=frozenset({"cup"}))
    rule(
        special("SP2", tally="SP2"),
        special("CUP", cup, priority=60, kind=PolicyKind.OPEN, allowances=(0, 0)),
    )
    (url,) = add_sport(paper, 1)
    paper.site.change(101, topics=("cup",))
    assert paper.browser().get(url).verdict == "full; reason=open-by-policy"


def test_a_story_moved_to_another_section_is_ruled_anew(paper, rule):
    rule(special("SP2", tally="SP2"))
    url = paper.site.add(1)
    reader = paper.browser()
    assert reader.get(url).verdict.endswith("limit=5")
    paper.site.change(1, section="sport", version=2)
    paper.purge("story:1")
    paper.gate.feed.poll()
    assert reader.get(url).verdict.endswith("used=1; limit=2")


def test_premium_and_free_stories_are_nobodys_but_their_own(paper, rule):
    rule(special("FREE", Scope(), kind=PolicyKind.OPEN, allowances=(0, 0)))
    premium, free = paper.site.add(1, "premium"), paper.site.add(2, "free")
    assert verdicts(paper.browser(), [premium, free]) == [
        "preview; reason=premium-needed",
        "full; reason=free",
    ]
