"""Who is new, who crawls and who comes from where, through the whole gate."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import timedelta

import pytest

from broadsheet.counters.contract import Tally
from broadsheet.domain.meter import PolicyKind
from broadsheet.domain.policy_scope import Scope
from broadsheet.protocol import keys
from broadsheet.protocol.device import Device, read_device, write_device
from broadsheet.protocol.proxies import parse_proxies

pytestmark = pytest.mark.pure

DEVICE_KEY = keys.derive_key("a secret", keys.DEVICE)
READ = "full; reason=within-allowance; used={}; limit=5"
TURNED_AWAY = "preview; reason=network-budget; used=0; limit=5"
ELSEWHERE = "198.51.100.7"
AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.fixture
def three(paper):
    """A paper that lets three new readers of a network begin in a day."""
    paper.publish(new_readers_per_network=3)
    paper.gate.feed.poll()
    return paper


def read_cookieless(paper, url, count, **headers):
    return [paper.browser().get(url, **headers).verdict for _ in range(count)]


def is_admitted(reader):
    return read_device(DEVICE_KEY, reader.jar["bs_device"], 20_779).admitted


def test_without_a_budget_everybody_may_begin(paper):
    assert read_cookieless(paper, paper.site.add(1), 9) == [READ.format(1)] * 9


def test_who_refuses_cookies_draws_from_the_budget_each_time(three):
    url = three.site.add(1)
    assert read_cookieless(three, url, 5) == [READ.format(1)] * 3 + [TURNED_AWAY] * 2


def test_one_who_is_turned_away_is_not_counted_and_sees_the_wall(three):
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    late = three.browser()
    page = late.get(url)
    assert (page.status, page.verdict) == (200, TURNED_AWAY)
    assert "The rest of story" not in page.text
    assert three.site.renditions[-1].wall == "registration"
    device = read_device(DEVICE_KEY, late.jar["bs_device"], 20_779)
    assert three.store.list_reads(Tally("2026-11"), device.reader_key) == ()


def test_free_registered_and_premium_stories_never_ask(three):
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    free, premium = three.site.add(2, "free"), three.site.add(3, "premium")
    registered = three.site.add(4, "registered")
    assert read_cookieless(three, free, 2) == ["full; reason=free"] * 2
    assert read_cookieless(three, premium, 2) == ["preview; reason=premium-needed"] * 2
    assert read_cookieless(three, registered, 2) == ["preview; reason=registration-needed"] * 2


def test_whoever_began_goes_on_and_draws_no_more(three):
    urls = three.add_stories(6)
    reader = three.browser()
    assert [reader.get(url).verdict for url in urls[:4]] == [READ.format(n) for n in (1, 2, 3, 4)]
    assert read_cookieless(three, urls[0], 3) == [READ.format(1)] * 2 + [TURNED_AWAY]
    assert reader.get(urls[4]).verdict == READ.format(5)
    assert reader.get(urls[5]).verdict == "preview; reason=allowance-spent; used=5; limit=5"


def test_a_device_is_admitted_by_its_first_read_and_by_nothing_else(three):
    story, free = three.site.add(1), three.site.add(2, "free")
    reader = three.browser()
    reader.get("/")
    reader.get(free)
    reader.get(story, method="HEAD")
    reader.get(story, sec_purpose="prefetch")
    assert not is_admitted(reader)
    known = reader.jar["bs_device"]
    page = reader.get(story)
    assert is_admitted(reader)
    assert [line.partition("=")[0] for line in page.cookies] == ["bs_device", "bs_shown"]
    assert read_device(DEVICE_KEY, known, 20_779).id in reader.jar["bs_device"]
    assert reader.get(three.site.add(3)).cookies[0].startswith("bs_shown")


def test_a_first_page_sets_the_device_once(three):
    page = three.browser().get(three.site.add(1))
    assert [line.partition("=")[0] for line in page.cookies] == ["bs_device", "bs_shown"]


def test_a_hoard_of_cookies_is_worth_no_more_than_the_budget(three):
    url = three.site.add(1)
    hoard = [three.browser() for _ in range(8)]
    for reader in hoard:
        reader.get("/")
        reader.get(url, method="HEAD")
    verdicts = [reader.get(url).verdict for reader in hoard]
    assert verdicts == [READ.format(1)] * 3 + [TURNED_AWAY] * 5


def test_who_keeps_the_first_cookie_and_drops_the_next_takes_one_place(three):
    urls = three.add_stories(3)
    reader = three.browser()
    reader.get("/")
    assert [reader.get(url, keep=False).verdict for url in urls] == [
        READ.format(n) for n in (1, 2, 3)
    ]
    assert read_cookieless(three, urls[0], 3) == [READ.format(1)] * 2 + [TURNED_AWAY]
    assert reader.get(urls[0], keep=False).verdict.startswith("full; reason=already-read")


@pytest.mark.parametrize(
    "forged",
    ["x", write_device(b"another key", Device("ab" * 16, 20_779)), "2" + "0" * 77],
    ids=["nonsense", "other key", "unsigned"],
)
def test_a_forged_cookie_draws_too(three, forged):
    url = three.site.add(1)
    verdicts = [three.browser(bs_device=forged).get(url).verdict for _ in range(5)]
    assert verdicts == [READ.format(1)] * 3 + [TURNED_AWAY] * 2


def test_a_cookie_that_admits_itself_is_forged(three):
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    reader = three.browser()
    reader.get("/")
    assert reader.jar["bs_device"][0] == "2"
    reader.jar["bs_device"] = "1" + reader.jar["bs_device"][1:]
    assert reader.get(url).verdict == TURNED_AWAY


def test_a_device_from_before_there_was_a_budget_was_admitted(three):
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    old = three.browser(bs_device=write_device(DEVICE_KEY, Device("ab" * 16, 20_700)))
    assert old.get(url).verdict == READ.format(1)


def test_the_next_day_of_the_paper_begins_anew(three):
    url = three.site.add(1)
    late = [three.browser() for _ in range(4)]
    assert late[3].get(url).verdict == READ.format(1)
    read_cookieless(three, url, 2)
    assert late[0].get(url).verdict == TURNED_AWAY
    three.now += timedelta(hours=12, minutes=29)  # 23:59 in the paper's zone
    assert late[0].get(url).verdict == TURNED_AWAY
    three.now += timedelta(minutes=1)
    assert late[0].get(url).verdict == READ.format(1)


def test_each_network_has_a_budget_of_its_own(three):
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    neighbour, stranger = three.browser(), three.browser()
    neighbour.address, stranger.address = "192.0.2.250", ELSEWHERE
    assert neighbour.get(url).verdict == TURNED_AWAY
    assert stranger.get(url).verdict == READ.format(1)


def test_a_header_wins_no_budget_unless_a_proxy_wrote_it(three):
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    forged = {"x_forwarded_for": ELSEWHERE, "forwarded": f"for={ELSEWHERE}"}
    forged |= {"true_client_ip": ELSEWHERE, "cf_connecting_ip": ELSEWHERE}
    assert read_cookieless(three, url, 1, **forged) == [TURNED_AWAY]
    three.gate = three.open_gate(
        settings=dataclasses.replace(three.settings, proxies=parse_proxies("192.0.2.7"))
    )
    said = {"x_forwarded_for": f"66.249.66.1, {ELSEWHERE}"}
    assert read_cookieless(three, url, 4, **said) == [READ.format(1)] * 3 + [TURNED_AWAY]


def test_signing_in_asks_no_budget_and_signing_out_does(three):
    urls = three.add_stories(3)
    read_cookieless(three, urls[0], 3)
    three.site.sign_in("s", 7)
    reader = three.browser(bs_session="s")
    assert reader.get(urls[0]).verdict == "full; reason=within-allowance; used=1; limit=8"
    assert not is_admitted(reader)
    del reader.jar["bs_session"], reader.jar["bs_pass"]
    assert reader.get(urls[0]).verdict == "full; reason=already-read; used=1; limit=5"
    verdict = reader.get(urls[1]).verdict
    assert verdict == "preview; reason=network-budget; used=1; limit=5"


def test_an_allowance_of_nothing_draws_nothing(three):
    [policy] = three.snapshot.policies
    three.publish(policies=(dataclasses.replace(policy, anonymous_allowance=0),))
    three.gate.feed.poll()
    url = three.site.add(1)
    spent = "preview; reason=allowance-spent; used=0; limit=0"
    assert read_cookieless(three, url, 4) == [spent] * 4
    three.publish(policies=(policy,))
    three.gate.feed.poll()
    assert read_cookieless(three, url, 4) == [READ.format(1)] * 3 + [TURNED_AWAY]


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [
        ("open", "full; reason=uncounted; used=0; limit=5"),
        ("closed", "preview; reason=count-unavailable; used=0; limit=5"),
    ],
)
def test_while_the_store_fails_the_papers_setting_decides(three, setting, verdict, caplog):
    three.publish(metered_when_store_is_down=setting)
    three.gate.feed.poll()
    url = three.site.add(1)
    read_cookieless(three, url, 3)
    three.store.close()
    shutil.rmtree(three.home / "reads")
    (three.home / "reads").write_text("in the way")
    assert read_cookieless(three, url, 2) == [verdict] * 2
    assert ["reads cannot be counted" in record.message for record in caplog.records] == [True]


def test_thirty_at_once_are_three(three, at_once):
    url = three.site.add(1)
    three.browser().get(three.site.add(2, "free"))
    verdicts = at_once(lambda _: three.browser().get(url).verdict, range(30))
    assert sorted(verdicts) == [READ.format(1)] * 3 + [TURNED_AWAY] * 27


def test_behind_a_proxy_that_nobody_named_there_is_no_budget_and_it_is_told(paper, caplog):
    paper.publish(new_readers_per_network=3)
    paper.gate = paper.open_gate(
        settings=dataclasses.replace(paper.settings, origin="https://paper.test")
    )
    assert read_cookieless(paper, paper.site.add(1), 5) == [READ.format(1)] * 5
    told = [record.message for record in caplog.records]
    assert ["BROADSHEET_TRUSTED_PROXIES does not name" in words for words in told] == [True]


def test_django_is_told_the_client_by_proxies_alone(paper):
    reader = paper.browser()
    reader.get("/", x_forwarded_for=ELSEWHERE, x_real_ip=ELSEWHERE)
    seen = paper.site.seen[-1]
    assert seen["REMOTE_ADDR"] == "192.0.2.7"
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"} & seen.keys()
    paper.gate = paper.open_gate(
        settings=dataclasses.replace(paper.settings, proxies=parse_proxies("192.0.2.7"))
    )
    paper.browser().get("/", x_forwarded_for=f"66.249.66.1, {ELSEWHERE}")
    assert paper.site.seen[-1]["REMOTE_ADDR"] == ELSEWHERE


@pytest.fixture
def crawled(paper):
    """A paper that gives Googlebot the full text, and its published list."""
    (paper.home / "crawlers").mkdir()
    listed = {"prefixes": [{"ipv4Prefix": "192.0.2.0/27"}]}
    (paper.home / "crawlers" / "googlebot.json").write_text(json.dumps(listed))
    paper.publish(crawlers_read_full="googlebot", new_readers_per_network=1)
    paper.gate.feed.poll()
    return paper


@pytest.mark.parametrize("access", ["metered", "registered", "premium"])
def test_a_verified_crawler_reads_whole_uncounted_and_gets_no_cookie(crawled, access):
    urls = crawled.add_stories(7, access)
    for url in urls:
        page = crawled.browser().get(url, user_agent=AGENT)
        assert page.verdict == "full; reason=verified-crawler"
        assert page.cookies == []
        assert "is for readers who may read it" in page.text
    crawled.browser().get(crawled.site.add(9), user_agent="Mozilla/5.0")
    assert [event["reason"] for event in crawled.events()][:7] == ["verified-crawler"] * 7


def test_a_crawler_reads_a_free_story_like_anybody(crawled):
    page = crawled.browser().get(crawled.site.add(1, "free"), user_agent=AGENT)
    assert page.verdict == "full; reason=free"


def test_a_name_alone_verifies_nobody(crawled):
    url = crawled.site.add(1, "premium")
    stranger = crawled.browser()
    stranger.address = ELSEWHERE
    assert stranger.get(url, user_agent=AGENT).verdict == "preview; reason=premium-needed"
    forged = stranger.get(url, user_agent=AGENT, x_forwarded_for="192.0.2.7")
    assert forged.verdict == "preview; reason=premium-needed"


@pytest.mark.parametrize(
    "agent",
    ["Mozilla/5.0", "Googlebot-Image/1.0", "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)"],
)
def test_an_address_alone_verifies_nobody(crawled, agent):
    url = crawled.site.add(1, "premium")
    page = crawled.browser().get(url, user_agent=agent)
    assert page.verdict == "preview; reason=premium-needed"


def test_unless_the_paper_says_so_a_verified_crawler_is_a_reader_with_the_budget(crawled):
    crawled.publish(crawlers_read_full="none")
    crawled.gate.feed.poll()
    url, premium = crawled.site.add(1), crawled.site.add(2, "premium")
    verdicts = read_cookieless(crawled, url, 2, user_agent=AGENT)
    assert verdicts == [READ.format(1), TURNED_AWAY]
    assert read_cookieless(crawled, premium, 1, user_agent=AGENT) == [
        "preview; reason=premium-needed"
    ]


def test_a_policy_for_a_country_rules_those_who_come_from_there(paper):
    [policy] = paper.snapshot.policies
    locked = dataclasses.replace(
        policy,
        code="IN1",
        kind=PolicyKind.LOCKED,
        priority=10,
        scope=Scope(countries=frozenset({"IN"})),
    )
    paper.publish(policies=(policy, locked))
    paper.gate = paper.open_gate(
        settings=dataclasses.replace(
            paper.settings, proxies=parse_proxies("127.0.0.1"), country_header="CF-IPCountry"
        )
    )
    url = paper.site.add(1)
    reader = paper.browser()
    reader.address = "127.0.0.1"
    here = {"x_forwarded_for": "192.0.2.7", "cf_ipcountry": "IN"}
    assert reader.get(url, **here).verdict == "preview; reason=subscribers-only"
    assert reader.get(url, **here | {"cf_ipcountry": "LK"}).verdict == READ.format(1)
    reader.address = ELSEWHERE
    assert reader.get(url, **here).verdict.startswith("full; reason=already-read")
    paper.site.sign_in("s", 7, "registered")
    reader.jar["bs_session"], reader.address = "s", "127.0.0.1"
    assert reader.get(url, **here).verdict == "preview; reason=subscribers-only"
