"""Reads won, and reads lost, by who asks twice, at once or with an old cookie (rows 2, 3, 26, 28)."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.factories.attacker import ask_at_once, is_full, verdict

pytestmark = pytest.mark.journey
FIRST = "full; reason=within-allowance; used=1; limit=5"
SHOWN = (
    "0.5.2099-01-01.anonymous",
    "0.99.2099-01-01.subscriber",
    "-9.5.2026-12-01.anonymous",
    "5.5.2020-01-01.subscriber",
    "",
    "x",
)
VENDORS = (
    "article_meter",
    "counter",
    "count",
    "number_view_paywall",
    "articlesReadPerDay",
    "monthly_history",
    "blaize_session",
    "xbc",
)


def test_the_count_stands_in_no_cookie(lantern, by_access):
    paths = by_access["metered"][:7]
    with lantern.reader() as client:
        for path in paths[:4]:
            client.get(path)
        for value in SHOWN:
            cookies = {"bs_device": client.cookies["bs_device"], "bs_shown": value}
            answer = httpx.get(lantern.address + paths[0], cookies=cookies)
            assert verdict(answer) == "full; reason=already-read; used=4; limit=5", value
        for name in VENDORS:
            client.cookies.set(name, "0")
        opened = [is_full(client.get(path)) for path in paths[4:]]
        assert opened == [True, False, False]
        names = {cookie.name for cookie in client.cookies.jar} - set(VENDORS)
        assert names == {"bs_device", "bs_shown"}
        client.cookies.delete("bs_shown")
        assert verdict(client.get(paths[5])) == "preview; reason=allowance-spent; used=5; limit=5"


def test_an_edited_device_is_a_new_reader_and_no_other_readers(lantern, by_access, spent):
    path = by_access["metered"][0]
    device = re.search(r"bs_device=(\w+)", spent)[1]
    for edited in (
        device[:-1] + ("0" if device[-1] != "0" else "1"),
        device[:33] + "99999" + device[38:],
        device[:38] + "0" * 8 + device[46:47] + device[46:-1],
        "2" + device[1:],
        device.upper(),
        device + "0",
        device[:46],
    ):
        answer = httpx.get(lantern.address + path, cookies={"bs_device": edited})
        assert verdict(answer) == FIRST, edited
        fresh = re.search(r"bs_device=(\w+)", ", ".join(answer.headers.get_list("set-cookie")))
        assert fresh[1][1:33] != device[1:33]


def test_an_old_copy_of_the_cookies_finds_the_present_count(lantern, by_access):
    paths = by_access["metered"][:8]
    with lantern.reader() as client:
        client.get(paths[0])
        snapshot = dict(client.cookies.items())
        for path in paths[1:5]:
            client.get(path)
        again = httpx.get(lantern.address + paths[5], cookies=snapshot)
        assert verdict(again) == "preview; reason=allowance-spent; used=5; limit=5"
        known = httpx.get(lantern.address + paths[4], cookies=snapshot)
        assert verdict(known) == "full; reason=already-read; used=5; limit=5"


def test_two_hundred_at_once_open_exactly_what_is_left(lantern, by_access):
    paths = by_access["metered"][:30]
    with lantern.reader() as client:
        for path in paths[:4]:
            assert is_full(client.get(path))
        cookie = ("Cookie", f"bs_device={client.cookies['bs_device']}")
        wanted = [paths[4 + n % 26] for n in range(200)]
        answers = ask_at_once(lantern.address, wanted, cookie)
        came = zip(wanted, answers, strict=True)
        opened = {path for path, answer in came if answer.verdict.startswith("full")}
        assert len(opened) == 1
        listed = client.get("/account/meter/").text
    assert {path for path in paths if f'href="{path}"' in listed} == {*paths[:4], *opened}


def test_reading_again_and_looking_cost_nothing(lantern, by_access):
    path, other = by_access["metered"][:2]
    with lantern.reader() as client:
        tag = client.get(path).headers["ETag"]
        for _ in range(3):
            again = client.get(path, headers={"Cache-Control": "no-cache", "Pragma": "no-cache"})
            assert verdict(again) == "full; reason=already-read; used=1; limit=5"
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
        for _ in range(6):
            assert client.head(other).status_code == 200
        for purpose in ("prefetch", "prefetch;prerender", "prefetch; anonymous-client-ip"):
            for path_asked_for in by_access["metered"][2:9]:
                ahead = client.get(path_asked_for, headers={"Sec-Purpose": purpose})
                assert (ahead.status_code, ahead.content) == (503, b"")
        assert client.get("/nowhere/x-999999/").status_code == 404
        assert client.get(path.rstrip("/")).status_code == 200
        client.post(other)
        answer = client.get(other)
        assert verdict(answer) == "full; reason=within-allowance; used=2; limit=5"


def test_what_is_stopped_or_free_is_not_counted(lantern, by_access):
    with lantern.reader() as client:
        client.get("/")
        for access in ("premium", "registered", "free"):
            for path in by_access[access][:3]:
                client.get(path)
        assert verdict(client.get(by_access["metered"][0])) == FIRST
