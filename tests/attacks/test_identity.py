"""Winning reads by being somebody else, or twice the same: cookies, sessions, accounts."""

from __future__ import annotations

import itertools
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.factories.attacker import is_full, post, verdict

pytestmark = pytest.mark.journey
_numbers = itertools.count()
PASSWORD = "a long pass phrase 9"
FIRST = "full; reason=within-allowance; used=1; limit=5"


def sign_up(client: httpx.Client) -> str:
    email = f"farmed-{next(_numbers)}-{time.time_ns()}@reader.example"
    post(client, "/account/signup/", email=email, password1=PASSWORD)
    return email


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD) -> None:
    post(client, "/account/login/", login=email, password=password)


def open_all(client: httpx.Client, paths: list[str]) -> set[str]:
    return {path for path in paths if is_full(client.get(path))}


def test_signing_in_and_out_wins_nothing(lantern, by_access):
    paths = by_access["metered"]
    with lantern.reader() as client:
        read = open_all(client, paths[:7])
        assert len(read) == 5
        email = sign_up(client)
        read |= open_all(client, paths[5:12])
        assert len(read) == 8
        post(client, "/account/logout/")
        assert open_all(client, paths[12:]) == set()
        sign_in(client, email)
        assert open_all(client, paths[12:]) == set()


def test_a_second_account_on_the_same_device_inherits_what_was_read(lantern, by_access):
    paths = by_access["metered"]
    with lantern.reader() as client:
        read = open_all(client, paths[:6])
        for number in range(3):
            sign_up(client)
            read |= open_all(client, paths[6 + 8 * number :][:8])
            post(client, "/account/logout/")
        assert len(read) == 8


def test_readers_at_once_while_the_device_signs_in_win_nothing_for_the_account(lantern, by_access):
    paths = by_access["metered"]
    with lantern.reader() as client:
        open_all(client, paths[:3])
        sign_up(client)
        cookies = {name: value for name, value in client.cookies.items() if name != "bs_pass"}

        def read(path: str) -> bool:
            return is_full(httpx.get(lantern.address + path, cookies=cookies, timeout=60))

        with ThreadPoolExecutor(20) as pool:
            opened = sum(pool.map(read, paths[:30]))
        assert opened == 8


@pytest.mark.parametrize(
    "cookie",
    [
        "bs_device=" + "1" * 78,
        "bs_device=" + "\xe9" * 78,
        "bs_device=" + "x" * 9000,
        "bs_device=; bs_device=",
        "bs_session=x; bs_pass=1.99999999999.1.subscriber.premium+unlimited.00000000." + "0" * 32,
        "bs_session=\xe9; bs_pass=\xe9.\xe9",
        "bs_session=x; bs_pass=......",
        "bs_shown=0.99.2099-01-01.subscriber",
    ],
    ids=range(8),
)
def test_what_is_forged_is_nobody(lantern, by_access, cookie):
    path = by_access["metered"][0]
    headers = {"Cookie": cookie.encode("latin-1")}
    assert verdict(httpx.get(lantern.address + path, headers=headers)) == FIRST
    premium = httpx.get(lantern.address + by_access["premium"][0], headers=headers)
    assert verdict(premium) == "preview; reason=premium-needed"


def test_a_pass_is_worth_nothing_beside_another_session_or_after_signing_out(lantern, by_access):
    premium = lantern.address + by_access["premium"][0]
    with lantern.reader() as client:
        sign_in(client, *lantern.people["subscriber"])
        assert verdict(client.get(premium)) == "full; reason=entitled"
        kept = {name: client.cookies[name] for name in ("bs_session", "bs_pass")}

        def with_cookies(**cookies: str) -> str:
            return verdict(httpx.get(premium, cookies=cookies))

        needed = "preview; reason=premium-needed"
        assert with_cookies(**kept) == "full; reason=entitled"
        assert with_cookies(bs_pass=kept["bs_pass"]) == needed
        assert with_cookies(bs_pass=kept["bs_pass"], bs_session="another") == needed
        post(client, "/account/logout/")
        last = time.monotonic() + 5
        while with_cookies(**kept) != needed:
            assert time.monotonic() < last, "a pass outlives its session"
        assert with_cookies(bs_session=kept["bs_session"]) == needed


def test_a_session_planted_before_signing_in_is_not_the_one_after(lantern):
    planted = "plantedbyanattacker0000000000000"
    with lantern.reader() as client:
        client.cookies.set("bs_session", planted, domain="127.0.0.1", path="/")
        sign_in(client, *lantern.people["registered"])
        assert planted not in {cookie.value for cookie in client.cookies.jar}
        thief = httpx.get(lantern.address + "/account/", cookies={"bs_session": planted})
        assert thief.headers["Location"].startswith("/account/login/")


def test_a_price_the_form_did_not_show_buys_nothing(lantern):
    with lantern.reader() as client:
        sign_up(client)
        for plan, shown in (
            ("super-saver", "1"),
            ("super-saver", "90000"),
            ("super-saver", "-390000"),
            ("super-saver", ""),
            ("super-saver", "390000.0"),
            ("nothing-at-all", "0"),
        ):
            path = "/subscribe/checkout/?plan=super-saver"
            sent = {"plan": plan, "shown": shown, "billing-place": "IN-32"}
            page = post(client, path, **sent, price="1", amount="1", coupon="FREE")
            assert page.url.path in {"/subscribe/checkout/", "/subscribe/"}, (plan, shown)
        account = client.get("/account/").text
        assert "/subscribe/checkout/" not in account.replace("/subscribe/checkout/?", "")
        offered = client.get("/subscribe/checkout/?plan=super-saver").text
        form = offered.partition('<form class="actions"')[2].partition("</form>")[0]
        fields = re.findall(r'name="([\w-]+)"', form)
        basket = ["plan", "shown", "mark", "code", "currency", "next"]
        told = [f"billing-{name}" for name in ("place", "name", "gstin", "address", "language")]
        assert fields == ["csrfmiddlewaretoken", *basket, *told]


def test_no_cookie_of_the_clients_own_making_signs_anybody_in(lantern, by_access):
    path = by_access["premium"][0]
    held = "1.9999999999.1.subscriber.premium+unlimited.0000000000000000"
    for mac in ("", "0" * 32, "none", "." * 32):
        for cookie in (
            f"bs_session=x; bs_pass={held}.{mac}",
            f"bs_session=; bs_pass={held}.{mac}",
            f"bs_pass={held}.{mac}; isBot=true; alg=none",
            f"__Host-bs_session=x; __Host-bs_pass={held}.{mac}",
        ):
            answer = httpx.get(lantern.address + path, headers={"Cookie": cookie})
            assert verdict(answer) == "preview; reason=premium-needed", cookie
    for name in ("Authorization", "X-Reader", "X-User-Id", "X-Subscriber", "Broadsheet-Pass"):
        answer = httpx.get(lantern.address + path, headers={name: f"Bearer {held}"})
        assert verdict(answer) == "preview; reason=premium-needed", name
