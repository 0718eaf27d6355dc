"""kill -9 at each numbered point of the charge protocol, then start again and let it heal.

Whatever the point: one charge in the bank's own file, the ledger sums to nought, one term, and
the reader holds what was paid for.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import html

from tests.factories.bank import RunningBank
from tests.factories.newspaper import (
    Newspaper,
    copy_newspaper,
    open_bank_of,
    own_database,
)

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("killed")]
PRICE = 90_000
EVERYTHING = ["ad-free", "premium", "unlimited"]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newspaper]:
    """A newspaper with plans and one reader who has bought nothing."""
    with own_database(os.environ.get("BROADSHEET_DATABASE_URL", ""), "template1") as url:
        paper = Newspaper(tmp_path_factory.mktemp("fresh"), url)
        paper.do("prepare")
        yield paper


@pytest.fixture(scope="module")
def subscribed(fresh: Newspaper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newspaper]:
    """The same, a subscription later. Its bank's file lies beside its own."""
    with copy_newspaper(fresh, tmp_path_factory.mktemp("subscribed")) as paper:
        with open_bank_of(paper) as bank:
            bank.decide(paper.do("press_subscribe"), "approve")
            assert paper.do("come_back") == "succeeded"
        yield paper


@pytest.fixture
def paper(fresh: Newspaper, tmp_path: Path) -> Iterator[Newspaper]:
    with copy_newspaper(fresh, tmp_path / "home") as copied:
        yield copied


@pytest.fixture
def bank(paper: Newspaper) -> Iterator[RunningBank]:
    with open_bank_of(paper) as running:
        yield running


@pytest.fixture
def old_paper(subscribed: Newspaper, tmp_path: Path) -> Iterator[Newspaper]:
    with copy_newspaper(subscribed, tmp_path / "home") as copied:
        yield copied


@pytest.fixture
def old_bank(old_paper: Newspaper) -> Iterator[RunningBank]:
    with open_bank_of(old_paper) as running:
        yield running


def assert_sold_once(bank: RunningBank, told: Any, *, terms: int = 1) -> None:
    """The bank's own file and the newspaper's books say the same, and say it once a term."""
    assert bank.rows("SELECT amount, state FROM charge") == [(PRICE, "succeeded")] * terms
    assert told == {
        "mismatched": [],
        "broken": [],
        "ledger": 0,
        "cash": PRICE * terms,
        "payments": terms,
        "open": 0,
        "subscriptions": ["active"],
        "terms": [[seq, "paid"] for seq in range(1, terms + 1)],
        "tiled": True,
        "held": [EVERYTHING] * terms,
    }


@pytest.mark.parametrize("point", [1, 2, 3, 4, 5, 6])
def test_killed_while_opening_the_banks_page(
    paper: Newspaper, bank: RunningBank, point: int
) -> None:
    paper.die_doing("press_subscribe", at=point)
    assert bank.count_taken() == 0
    page = paper.do("press_subscribe+300")
    assert bank.decide(page, "approve").status_code == 303
    assert_sold_once(bank, paper.do("come_back+310", "tell+320"))


@pytest.mark.parametrize("point", [4, 5, 6])
def test_killed_when_the_reader_comes_back(paper: Newspaper, bank: RunningBank, point: int) -> None:
    bank.decide(paper.do("press_subscribe"), "approve")
    paper.die_doing("come_back", at=point)
    assert bank.count_taken() == 1
    assert_sold_once(bank, paper.do("heal+300", "tell+310"))


@pytest.mark.parametrize("point", [4, 5, 6])
def test_killed_while_healing_what_nobody_came_back_for(
    paper: Newspaper, bank: RunningBank, point: int
) -> None:
    bank.decide(paper.do("press_subscribe"), "approve")
    paper.die_doing("heal+300", at=point)
    assert_sold_once(bank, paper.do("heal+600", "tell+610"))


def test_killed_though_the_banks_reply_was_lost_before(paper: Newspaper, bank: RunningBank) -> None:
    bank.script("lose_reply_after_commit", "checkout")
    assert paper.do("press_subscribe") == ""
    paper.die_doing("press_subscribe+300", at=4)
    page = paper.do("press_subscribe+600")
    assert bank.decide(page, "approve").status_code == 303
    assert_sold_once(bank, paper.do("heal+900", "tell+910"))


def test_a_subscriber_presses_again_and_is_not_sold_twice(
    old_paper: Newspaper, old_bank: RunningBank
) -> None:
    assert old_paper.do("press_subscribe") == "AlreadySubscribed"
    assert_sold_once(old_bank, old_paper.do("tell"))


@pytest.mark.parametrize("point", [2, 3, 4, 5, 6])
def test_killed_while_renewing(old_paper: Newspaper, old_bank: RunningBank, point: int) -> None:
    old_paper.die_doing("renew", at=point)
    assert old_bank.count_taken() == (1 if point < 4 else 2)
    told = old_paper.do("renew", "heal+300", "renew+310", "renew+320", "tell+330")
    assert_sold_once(old_bank, told, terms=2)


@pytest.mark.parametrize("fault", ["lose_reply_after_commit", "error_after_commit"])
def test_a_renewal_nobody_heard_of_is_found(
    old_paper: Newspaper, old_bank: RunningBank, fault: str
) -> None:
    old_bank.script(fault, "charge")
    assert old_paper.do("renew") == 0
    assert old_bank.count_taken() == 2
    old_paper.die_doing("heal+300", at=5)
    assert_sold_once(old_bank, old_paper.do("heal+600", "tell+610"), terms=2)


def test_the_server_is_killed_while_opening_the_banks_page(
    paper: Newspaper, bank: RunningBank, static: Path
) -> None:
    port = _free_port()
    with _browser(port) as reader:
        with _server(paper, static, port, crash_at=4) as server:
            plan = _sign_up(reader)
            with pytest.raises(httpx.TransportError):
                _submit(reader, plan)
            server.wait(20)
        assert bank.count_taken() == 0
        page = paper.do("press_subscribe+300")
        assert bank.decide(page, "approve").status_code == 303
        paper.do("heal+310")
        with _server(paper, static, port):
            done = reader.get(bank.rows("SELECT return_url FROM checkout")[0][0])
            assert (done.status_code, done.url.path.rsplit("/", 2)[1]) == (200, "done")
    assert_sold_once(bank, paper.do("tell+320"))


@pytest.mark.parametrize("point", [4, 5])
def test_the_server_is_killed_when_the_reader_comes_back(
    paper: Newspaper, bank: RunningBank, static: Path, point: int
) -> None:
    port = _free_port()
    with _browser(port) as reader:
        with _server(paper, static, port):
            asked = _submit(reader, _sign_up(reader), follow_redirects=False)
        assert bank.decide(asked.headers["Location"], "approve").status_code == 303
        back = bank.rows("SELECT return_url FROM checkout")[0][0]
        with _server(paper, static, port, crash_at=point) as server:
            with pytest.raises(httpx.TransportError):
                reader.get(back)
            server.wait(20)
        assert bank.count_taken() == 1
        with _server(paper, static, port):
            done = reader.get(back)
            assert (done.status_code, done.url.path.rsplit("/", 2)[1]) == (200, "done")
    assert_sold_once(bank, paper.do("tell+320"))


@pytest.fixture(scope="module")
def static(fresh: Newspaper) -> Path:
    """The static files, laid out once for all servers."""
    fresh.do("lay_out")
    return fresh.home / "static"


@contextmanager
def _server(
    paper: Newspaper, static: Path, port: int, *, crash_at: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The site as ``site serve`` serves it, but not started again when it dies."""
    if not (paper.home / "static").exists():
        (paper.home / "static").symlink_to(static)
    origin = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1",
         "--host", "127.0.0.1", "--port", str(port), "broadsheet.wsgi:application"],
        env=paper.environ(crash_at) | {"BROADSHEET_ORIGIN": origin},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            last = time.monotonic() + 60
            while True:
                try:
                    httpx.get(f"{origin}/healthz", timeout=60)
                    break
                except httpx.TransportError:
                    assert time.monotonic() < last, "the server did not start"
                    assert process.poll() is None, "the server ended at once"
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _browser(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, timeout=60)


def _sign_up(reader: httpx.Client) -> httpx.Response:
    """Make an account on the way to the checkout; the page with the button to the bank."""
    page = reader.get("/subscribe/checkout/?plan=smart-quarterly")
    return _submit(reader, page, email="ravi@example.org", password1="a long enough secret")


def _submit(
    reader: httpx.Client, page: httpx.Response, *, follow_redirects: bool = True, **filled: str
) -> httpx.Response:
    """Press the first button of the page's text, its fields filled in."""
    (form, *_) = html.fromstring(page.text, base_url=str(page.url)).xpath(
        "//main//form[@method='post']"
    )
    form.make_links_absolute()
    fields = {name: value or "" for name, value in form.fields.items()} | filled
    return reader.post(form.action, data=fields, follow_redirects=follow_redirects)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
