"""Who is believed about where they come from, and how many strangers a network may send.

Rows 1, 2, 4, 15, 16, 17, 19, 30 and 35.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.factories.attacker import Answer, ask, find_leaks, locked_of, post, verdict
from tests.factories.clocked import serve_clocked

pytestmark = pytest.mark.journey
NOON = datetime(datetime.now(UTC).year + 1, 12, 10, 6, 30, tzinfo=UTC)
BUDGET = 4
COUNTRY = "CF-IPCountry"
OPEN_TO_NEPAL = """
from broadsheet.apps.meter.actions.policies import PolicyTerms, adopt_policy
from broadsheet.domain.meter import PolicyKind
from broadsheet.domain.policy_scope import Scope
at = now()
adopt_policy(
    anonymous_allowance=0, registered_allowance=0, message="Open.", starts_at=at, actor="test", now=at,
    terms=PolicyTerms(
        kind=PolicyKind.OPEN, priority=10, scope=Scope(countries=frozenset({"NP"})), name="Nepal"
    ),
)
"""
GOOGLE = "66.249.66.1"
GOOGLES = ["66.249.64.0/19"]
SETTINGS = {
    "new_readers_per_network_per_day": BUDGET,
    "readers_at_once": 2,
    "crawlers_read_full": "googlebot",
}
FIRST = "full; reason=within-allowance; used=1; limit=5"
TURNED_AWAY = "preview; reason=network-budget; used=0; limit=5"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
NAMES = (
    GOOGLEBOT,
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "Mozilla/5.0 (compatible; outbrain)",
    "msnbot/2.0b (+http://search.msn.com/msnbot.htm)",
    "LinkedInBot/1.0",
    "Lamarr/1.0",
)
OTHER_GOOGLE = (
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0)",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0) Googlebot/2.1",
    "Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 GoogleOther",
    "Google-Read-Aloud (+https://support.google.com/webmasters/answer/1061943)",
    "Mozilla/5.0 AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Chrome-Lighthouse Googlebot/2.1",
    "AdsBot-Google (+http://www.google.com/adsbot.html)",
    "Googlebot-Image/1.0",
    "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
    "Mozilla/5.0 Chrome/141.0.0.0 Safari/537.36 Google-Translate",
    "Mozilla/5.0 Chrome/141.0.0.0 Safari/537.36",
    "",
)
ARCHIVERS = (
    "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/archive.org_bot)",
    "Mozilla/5.0 (compatible; special_archiver/3.1.1)",
    "ia_archiver",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36",
)
FORGED = (
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Fastly-Client-IP",
    "X-Cluster-Client-IP",
    "X-Originating-IP",
    "X-Remote-Addr",
    "Client-IP",
    "Forwarded",
    "Via",
)


@contextmanager
def serve_behind(proxy, lantern, folder):
    """A newspaper that trusts one proxy, with a small budget, Google let in and stories open to one
    country.
    """
    with serve_clocked(
        lantern.home,
        folder,
        NOON,
        paper=SETTINGS,
        plant={"BROADSHEET_TRUSTED_PROXIES": proxy, "BROADSHEET_COUNTRY_HEADER": COUNTRY},
        googlebot=GOOGLES,
        deeds=OPEN_TO_NEPAL,
    ) as served:
        yield served


@pytest.fixture(scope="module")
def house(lantern, tmp_path_factory):
    """A newspaper behind its proxy."""
    with serve_behind("127.0.0.1", lantern, tmp_path_factory.mktemp("guarded")) as served:
        yield served


@pytest.fixture(scope="module")
def unproxied(lantern, tmp_path_factory):
    """The same, reached past its proxy."""
    with serve_behind("10.0.0.1", lantern, tmp_path_factory.mktemp("unproxied")) as served:
        yield served


@pytest.fixture(scope="module")
def premium(by_access, subscriber):
    """A premium story's path and its locked sentences."""
    path = by_access["premium"][0]
    return path, locked_of(subscriber.get(path).text)


@pytest.fixture
def come(house):
    """Ask the house for a path as its proxy would on behalf of an address."""

    def ask_from(network: str, path: str, *headers: tuple[str, str]) -> Answer:
        return ask(house.address, "GET", path, ("X-Forwarded-For", network), *headers)

    return ask_from


def device_of(answer: Answer) -> str:
    return re.search(r"bs_device=(\w+)", answer.text)[1]


def test_who_clears_cookies_draws_from_the_networks_budget(house, come, by_access):
    paths = by_access["metered"][:8]
    answers = [come(f"203.0.113.{n}", path) for n, path in enumerate(paths)]
    assert [answer.verdict for answer in answers] == [FIRST] * BUDGET + [TURNED_AWAY] * 4
    admitted = ("Cookie", f"bs_device={device_of(answers[0])}")
    again = come("203.0.113.99", paths[7], admitted)
    assert again.verdict == "full; reason=within-allowance; used=2; limit=5"
    assert come("203.0.112.1", paths[0]).verdict == FIRST
    assert come("203.0.113.1", by_access["free"][0]).verdict == "full; reason=free"
    house.set_clock(NOON + timedelta(days=1))
    assert come("203.0.113.7", paths[0]).verdict == FIRST
    house.set_clock(NOON)


def test_who_never_returns_a_cookie_reads_no_more_than_the_budget(come, by_access):
    paths = by_access["metered"][:10]
    opened = [path for path in paths * 2 if come("198.51.100.7", path).verdict == FIRST]
    assert len(opened) == BUDGET
    turned_away = come("198.51.100.7", paths[0])
    assert 'data-paywall="registration"' in turned_away.text
    assert 'data-part="body"' not in turned_away.text


def test_a_cookie_of_ones_own_making_draws_from_the_budget_too(come, by_access):
    paths = by_access["metered"][:10]
    genuine = device_of(come("192.0.2.1", "/"))
    for place, forged in enumerate(
        ("1" * 78, "1" + genuine[1:], genuine[:-1], genuine.upper(), "", *["2" + "0" * 77] * 3)
    ):
        answer = come("192.0.2.1", paths[place], ("Cookie", f"bs_device={forged}"))
        assert answer.verdict == (FIRST if place < BUDGET else TURNED_AWAY), forged


def test_cookies_collected_where_nothing_counts_are_no_tickets(come, by_access):
    paths = by_access["metered"][:8]
    collected = [device_of(come("192.0.2.129", "/")) for _ in range(4)]
    collected += [device_of(come("192.0.2.130", by_access["premium"][0])) for _ in range(4)]
    assert len(set(collected)) == 8
    came = [
        come("100.64.9.1", path, ("Cookie", f"bs_device={device}"))
        for path, device in zip(paths, collected, strict=True)
    ]
    assert [answer.verdict for answer in came] == [FIRST] * BUDGET + [TURNED_AWAY] * 4


def test_a_fleet_of_one_network_reads_what_one_budget_gives(come, by_access):
    paths = by_access["metered"]
    opened = 0
    for number in range(24):
        address = f"2001:db8:77:4200:{number:x}::{number + 1}"
        agent = ("User-Agent", f"Mozilla/5.0 fleet {number}")
        opened += come(address, paths[number % 20], agent).verdict == FIRST
    assert opened == BUDGET
    assert come("2001:db8:77:4300::1", paths[0]).verdict == FIRST


def test_a_client_is_not_believed_about_its_own_address(come, by_access):
    paths = by_access["metered"][:8]
    opened = []
    for number, path in enumerate(paths):
        said = f"{GOOGLE}, 10.9.{number}.1, 198.18.5.{number}"
        more = [(name, f"10.9.{number}.2") for name in FORGED]
        opened.append(come(said, path, *more).verdict == FIRST)
    assert opened == [True] * BUDGET + [False] * 4
    locked = come(f"{GOOGLE}, 198.18.5.1", by_access["premium"][0], ("User-Agent", GOOGLEBOT))
    assert locked.verdict == "preview; reason=premium-needed"


def test_without_proxies_no_forwarded_address_is_believed(unproxied, by_access, premium):
    path, locked = premium
    agent = ("User-Agent", GOOGLEBOT)
    for name in ("X-Forwarded-For", *FORGED):
        for said in (GOOGLE, f"for={GOOGLE}", "127.0.0.1", "localhost"):
            answer = ask(unproxied.address, "GET", path, (name, said), agent)
            assert (answer.status, answer.verdict) == (200, "preview; reason=premium-needed"), name
            assert find_leaks(answer.text, locked) == []
    opened = []
    for number, metered in enumerate(by_access["metered"][:8]):
        said = [(name, f"10.8.{number}.1") for name in ("X-Forwarded-For", *FORGED)]
        opened.append(ask(unproxied.address, "GET", metered, *said).verdict == FIRST)
    most = [True] * BUDGET + [False] * 4  # fewer if others came by loopback before
    assert opened <= most
    assert opened[BUDGET:] == [False] * 4


def test_a_country_is_believed_from_a_proxy_alone(unproxied, come, by_access):
    path, claim = by_access["metered"][11], (COUNTRY, "NP")
    assert come("100.65.0.1", path, claim).verdict == "full; reason=open-by-policy"
    assert come("100.65.1.1", path, (COUNTRY, "IN")).verdict == FIRST
    for name in (COUNTRY, "CloudFront-Viewer-Country", "X-Country-Code", "X-AppEngine-Country"):
        answer = ask(unproxied.address, "GET", path, (name, "NP"))
        assert answer.verdict in {FIRST, TURNED_AWAY}, name


@pytest.mark.parametrize("everybody", ["*", "0.0.0.0/0", "::/0", "0.0.0.0/1,128.0.0.0/1"])
def test_a_house_that_trusts_everybody_does_not_start(lantern, everybody):
    environ = lantern.environ | {"BROADSHEET_TRUSTED_PROXIES": everybody}
    started = subprocess.run(
        [sys.executable, "-m", "broadsheet", "site", "doctor"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert started.returncode == 2, started.stderr
    assert "BROADSHEET_TRUSTED_PROXIES" in started.stderr


def test_no_name_opens_a_story(preys):
    for prey in preys:
        page = prey.ask()
        for name in NAMES:
            answer = prey.ask(("User-Agent", name), ("From", "googlebot(at)googlebot.com"))
            assert (answer.verdict, answer.body) == (prey.verdict, page.body), name


def test_a_crawler_is_known_by_name_and_address_together(come, premium):
    path, locked = premium
    for address, name, opens in (
        (GOOGLE, GOOGLEBOT, True),
        ("203.0.113.200", GOOGLEBOT, False),
        ("66.249.96.1", GOOGLEBOT, False),
        (GOOGLE, NAMES[1], False),
        (GOOGLE, NAMES[2], False),
    ):
        answer = come(address, path, ("User-Agent", name))
        expected = "full; reason=verified-crawler" if opens else "preview; reason=premium-needed"
        assert answer.verdict == expected, (address, name)
        assert bool(find_leaks(answer.text, locked)) is opens
        assert not opens or "set-cookie" not in answer.headers


def test_what_google_fetches_for_somebody_is_a_preview(come, premium):
    path, locked = premium
    for name in OTHER_GOOGLE:
        answer = come(GOOGLE, path, ("User-Agent", name))
        assert answer.verdict == "preview; reason=premium-needed", name
        assert find_leaks(answer.text, locked) == []


def test_an_archiver_gets_what_a_stranger_gets(come, by_access, premium):
    path, locked = premium
    for number, name in enumerate(ARCHIVERS):
        answer = come("207.241.224.9", path, ("User-Agent", name))
        assert answer.verdict == "preview; reason=premium-needed", name
        assert find_leaks(answer.text, locked) == []
        assert re.search(r'<meta name="robots" content="[^"]*noarchive', answer.text)
        answer = come("207.241.224.9", by_access["metered"][number], ("User-Agent", name))
        assert answer.verdict == FIRST
    for name in ARCHIVERS:
        answer = come("207.241.224.9", by_access["metered"][9], ("User-Agent", name))
        assert answer.verdict == TURNED_AWAY


def test_an_account_in_too_many_places_at_once_is_held_back(house, lantern, premium):
    path, locked = premium
    email, password = lantern.people["subscriber"]
    answers = []
    for place in range(4):
        headers = {"X-Forwarded-For": f"192.88.{place}.1"}
        with httpx.Client(
            base_url=house.address, headers=headers, follow_redirects=True, timeout=30
        ) as client:
            post(client, "/account/login/", login=email, password=password)
            answers.append(client.get(path))
    assert [verdict(answer) for answer in answers] == [
        *["full; reason=entitled"] * 2,
        *["preview; reason=too-many-at-once"] * 2,
    ]
    assert find_leaks(answers[2].text + answers[3].text, locked) == []


def test_who_signs_up_again_and_again_is_slowed(house):
    for number in range(100):
        headers = {"X-Forwarded-For": f"10.7.{number}.1, 198.51.100.200"}
        with httpx.Client(base_url=house.address, headers=headers, timeout=30) as client:
            email = f"thrown-away-{number}@reader.example"
            answer = post(client, "/account/signup/", email=email, password1="x")
        if answer.status_code == 429:
            break
    assert (answer.status_code, number >= 20) == (429, True)
