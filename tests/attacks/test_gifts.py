"""Links that lend a story: posted in public, gathered, copied and changed (row 31)."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from tests.factories.attacker import ask, find_leaks, is_full, locked_of, post, token_of, verdict
from tests.factories.clocked import serve_clocked

pytestmark = pytest.mark.journey
DEVICES = 10
LENT = "full; reason=lent"
SOON = 5


@pytest.fixture(scope="module")
def house(lantern, tmp_path_factory):
    """A copy of the newspaper, so that its gifts are given by nobody else."""
    folder = tmp_path_factory.mktemp("gifts")
    with serve_clocked(lantern.home, folder, datetime.now(UTC)) as served:
        yield served


@pytest.fixture(scope="module")
def giver(house, lantern):
    """A subscriber's browser."""
    email, password = lantern.people["subscriber"]
    with reader_of(house) as client:
        post(client, "/account/login/", login=email, password=password)
        yield client


def reader_of(house) -> httpx.Client:
    return httpx.Client(base_url=house.address, follow_redirects=True, timeout=60)


def give(giver: httpx.Client, story: str) -> str:
    """Give a story; the path of the link."""
    page = post(giver, "/account/gifts/", story=story, name="Asha")
    return re.search(r"/gift/[a-z0-9-]+/", page.text)[0]


def take_back(giver: httpx.Client, number: int) -> None:
    token = token_of(giver.get("/account/gifts/"))
    giver.post(f"/account/gifts/{number}/revoke/", data={"csrfmiddlewaretoken": token})


def open_new(house, link: str) -> str:
    """Open a link on a new device; the verdict of where it leads, or the page's own status."""
    with reader_of(house) as client:
        came = client.get(link)
        return verdict(came) or str(came.status_code)


def test_a_gift_opens_one_story_on_ten_devices_and_no_more(house, giver, by_access):
    path, other = by_access["metered"][:2]
    link = give(giver, path)
    with reader_of(house) as client:
        assert verdict(client.get(link)) == LENT
        assert verdict(client.get(path)) == LENT
        assert verdict(client.get(other)) == "full; reason=within-allowance; used=1; limit=5"
        assert [verdict(client.get(link)) for _ in range(12)] == [LENT] * 12

    def enter(_number: int) -> str:
        return open_new(house, link)

    with ThreadPoolExecutor(8) as pool:
        came = sorted(pool.map(enter, range(24)))
    assert came == ["410"] * (24 - DEVICES + 1) + [LENT] * (DEVICES - 1)


def test_who_draws_a_card_of_a_gift_spends_nothing(house, giver, by_access):
    link = give(giver, by_access["metered"][3])
    card = ("User-Agent", "WhatsApp/2.23.20.0")
    for _ in range(DEVICES + 2):
        for target in (link, f"{link}?seen=1"):
            came = ask(house.address, "GET", target, card)
            assert (came.status, came.headers["x-robots-tag"]) == (303, "noindex")
            assert ask(house.address, "HEAD", target, card).status == 303
            ahead = ask(house.address, "GET", target, ("Sec-Purpose", "prefetch;prerender"))
            assert (ahead.status, ahead.body) == (503, b"")
    assert open_new(house, link) == LENT


def test_a_gift_that_was_changed_or_copied_opens_nothing(house, giver, by_access, subscriber):
    path, premium = by_access["metered"][4], by_access["premium"][0]
    link = give(giver, path)
    kind, number, story, expires, mac = link.strip("/").removeprefix("gift/").split("-")
    wanted = format(int(premium.strip("/").rpartition("-")[2]), "x")
    for changed in (
        f"{kind}-{number}-{wanted}-{expires}-{mac}",
        f"{kind}-{number}-{story}-ffffffff-{mac}",
        f"n-{number}-{story}-{expires}-{mac}",
        f"{kind}-{int(number, 16) + 1:x}-{story}-{expires}-{mac}",
        f"{kind}-{number}-{story}-{expires}-{'a' * 26}",
        f"{kind}-{number}-{story}-{expires}-",
    ):
        assert open_new(house, f"/gift/{changed}/") == "404", changed
    with reader_of(house) as client:
        client.get(link)
        held = client.cookies["bs_lent"]
        assert verdict(client.get(premium)) == "preview; reason=premium-needed"
    with reader_of(house) as thief:
        thief.get("/")
        for value in (held, held.replace("1.", "1." + f"{int(wanted, 16)}-1-9999999999+", 1)):
            thief.cookies.set("bs_lent", value, domain="127.0.0.1", path="/")
            assert verdict(thief.get(path)).startswith("full; reason=within-allowance") or (
                verdict(thief.get(path)).startswith("full; reason=already-read")
            )
            answer = thief.get(premium)
            assert verdict(answer) == "preview; reason=premium-needed"
            locked = locked_of(subscriber.get(premium).text)
            assert find_leaks(answer.text, locked) == []


def test_a_gift_taken_back_is_locked_again(house, giver, by_access):
    path = by_access["registered"][0]
    link = give(giver, path)
    number = int(link.strip("/").split("-")[1], 16)
    with reader_of(house) as client:
        assert verdict(client.get(link)) == LENT
        take_back(giver, number)
        last = time.monotonic() + SOON
        while is_full(client.get(path)):
            assert time.monotonic() < last, "a gift outlives its giver's wish"
        assert verdict(client.get(path)) == "preview; reason=registration-needed"
        assert client.get(link).status_code == 410


def test_premium_stories_are_not_given_and_a_month_has_so_many_gifts(house, giver, by_access):
    refused = post(giver, "/account/gifts/", story=by_access["premium"][0], name="Asha")
    assert "Premium stories cannot be given." in refused.text
    given: list[int] = []
    for path in by_access["metered"][5:25]:
        page = post(giver, "/account/gifts/", story=path, name="Asha")
        if "You have given all the stories of this month." in page.text:
            break
        given.append(int(re.search(r"/gift/g-([0-9a-f]+)-", page.text)[1], 16))
    assert 0 < len(given) < 20
    for number in given:  # unopened, they come back to the month that the other tests share
        take_back(giver, number)
    with reader_of(house) as stranger:
        assert "/account/login/" in str(stranger.get("/account/gifts/").url)
