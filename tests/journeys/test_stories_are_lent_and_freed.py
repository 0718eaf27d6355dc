"""A subscriber gives a story, an editor frees one, and a reader gives a read back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import httpx
import pytest

from tests.factories.attacker import LINK, post, token_of, verdict

pytestmark = pytest.mark.journey
SOON = 10.0
SPENT = "preview; reason=allowance-spent; used=5; limit=5"
LENT = "full; reason=lent"


@pytest.fixture(scope="module")
def metered(lantern) -> list[str]:
    found: set[str] = set()
    for section in ("city", "nation", "world", "business", "sport"):
        found |= set(LINK.findall(httpx.get(f"{lantern.address}/{section}/").text))
    marked = ((path, httpx.get(lantern.address + path).text) for path in sorted(found))
    return [path for path, page in marked if 'data-access="metered"' in page]


@pytest.fixture
def subscriber(lantern):
    email, password = lantern.people["subscriber"]
    with lantern.reader() as client:
        post(client, "/account/login/", login=email, password=password)
        yield client


@pytest.fixture
def stopped(lantern, metered):
    """A reader without an account who has read the first five stories."""
    with lantern.reader() as client:
        for path in metered[:5]:
            client.get(path)
        assert verdict(client.get(metered[5])) == SPENT
        yield client


def number_of(path: str) -> str:
    return path.rstrip("/").rpartition("-")[2]


def await_verdict(ask: Callable[[], httpx.Response], wanted: str) -> httpx.Response:
    """Ask until the gate has heard."""
    last = time.monotonic() + SOON
    while True:
        answer = ask()
        if verdict(answer) == wanted or time.monotonic() > last:
            assert verdict(answer) == wanted
            return answer
        time.sleep(0.05)


def test_a_subscriber_gives_a_story_and_takes_it_back(lantern, metered, subscriber, stopped):
    path, other = metered[6], metered[7]
    assert f'href="/account/gifts/?story={number_of(path)}"' in subscriber.get(path).text
    shown = subscriber.get(f"/account/gifts/?story={number_of(path)}")
    assert "of 10" in shown.text
    given = subscriber.post(
        "/account/gifts/",
        data={
            "csrfmiddlewaretoken": token_of(shown),
            "story": number_of(path),
            "name": "Meenal K.",
        },
    )
    link = re.search(r'value="(http://[^"]+/gift/[^"]+)"', given.text)[1]

    opened = stopped.get(link)
    assert (opened.url.path, verdict(opened)) == (path, LENT)
    assert 'data-part="body"' in opened.text
    assert stopped.cookies["bs_given"] == f"{number_of(path)}.Meenal%20K."
    assert verdict(stopped.get(path)) == LENT
    assert verdict(stopped.get(other)) == SPENT
    with lantern.reader() as stranger:
        assert verdict(stranger.get(link)) == LENT
        assert verdict(stranger.get(other)) == "full; reason=within-allowance; used=1; limit=5"

    page = subscriber.get("/account/gifts/")
    assert "Opened on 2 of 10 devices" in page.text
    revoke = re.search(r'action="(/account/gifts/\d+/revoke/)"', page.text)[1]
    subscriber.post(revoke, data={"csrfmiddlewaretoken": token_of(page)})
    await_verdict(lambda: stopped.get(path), SPENT)
    closed = stopped.get(link)
    assert (closed.status_code, "This link was taken back" in closed.text) == (410, True)
    assert f'href="{path}"' in closed.text


def test_a_premium_story_and_a_strangers_story_are_not_given(lantern, subscriber):
    business = httpx.get(lantern.address + "/business/").text + httpx.get(lantern.address).text
    premium = next(
        path
        for path in dict.fromkeys(LINK.findall(business))
        if 'data-access="premium"' in httpx.get(lantern.address + path).text
    )
    for story in (premium, "https://elsewhere.example/city/a-1/"):
        answer = post(subscriber, "/account/gifts/", story=story, name="")
        assert 'role="alert"' in answer.text
        assert "Here is your gift" not in answer.text


def test_a_link_for_a_newsletter_is_made_at_the_command_line(lantern, metered, stopped):
    made = lantern.broadsheet("link", "make", number_of(metered[8]), "--devices", "1")
    assert made.returncode == 0, made.stderr
    link = made.stdout.strip()
    assert verdict(stopped.get(link)) == LENT
    with lantern.reader() as second:
        refused = second.get(link)
    assert (refused.status_code, "opened by all it was for" in refused.text) == (410, True)


def test_an_editor_frees_a_story_for_a_stopped_reader(lantern, metered, stopped):
    path = metered[9]
    assert verdict(stopped.get(path)) == SPENT
    email, password = lantern.people["editor"]
    with lantern.reader() as editor:
        post(editor, "/desk/login/", username=email, password=password)
        post(editor, "/desk/free/", story=number_of(path))
        freed = await_verdict(lambda: stopped.get(path), "full; reason=free")
        assert 'data-access="free"' in freed.text
        assert '"isAccessibleForFree": true' in freed.text
        assert "is free for all just now" in editor.get("/desk/").text
        page = editor.get("/desk/free/")
        editor.post(
            f"/desk/free/{number_of(path)}/",
            data={"csrfmiddlewaretoken": token_of(page), "free": "0"},
        )
    await_verdict(lambda: stopped.get(path), SPENT)


def test_a_stopped_reader_gives_one_read_back(metered, stopped):
    page = stopped.get("/account/meter/")
    assert "5 of 5 read this month" in page.text
    tally = re.search(r'name="tally" value="([^"]+)"', page.text)[1]

    def give_back(path: str) -> str:
        form = {"tally": tally, "story": number_of(path)}
        token = token_of(stopped.get("/account/meter/?again=1"))
        form["csrfmiddlewaretoken"] = token
        return stopped.post("/account/meter/give-back/", data=form).text

    assert "4 of 5 read this month" in give_back(metered[0])
    opened = "full; reason=within-allowance; used=5; limit=5"
    await_verdict(lambda: stopped.get(metered[5]), opened)
    assert verdict(stopped.get(metered[0])) == SPENT
    said = stopped.get("/account/meter/").text
    assert "You have given one back this month." in said
    assert "Give back" not in said
