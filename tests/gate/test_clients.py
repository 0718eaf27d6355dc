"""Whom the gate and Django take for the client."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from broadsheet.gate.clients import Clients
from broadsheet.protocol.proxies import parse_proxies

pytestmark = pytest.mark.pure

REAL, FORGED, PROXY = "198.51.100.7", "66.249.66.1", "127.0.0.1"


def clients(text=PROXY, header=""):
    return Clients(parse_proxies(text, header))


def test_without_proxies_the_peer_is_the_client():
    environ = {"REMOTE_ADDR": REAL, "HTTP_X_FORWARDED_FOR": FORGED, "HTTP_FORWARDED": FORGED}
    assert clients("none").find(environ) == ip_address(REAL)
    assert not clients("none").is_by_proxy(environ)


def test_a_proxys_word_is_taken():
    environ = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": f"{FORGED}, {REAL}"}
    assert clients().find(environ) == ip_address(REAL)
    assert clients().is_by_proxy(environ)


@pytest.mark.parametrize(
    "key", ["HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP", "HTTP_X_REAL_IP", "HTTP_FORWARDED"]
)
def test_a_header_that_is_not_named_says_nothing_even_by_a_proxy(key):
    environ = {"REMOTE_ADDR": PROXY, key: FORGED}
    assert clients().find(environ) == ip_address(PROXY)


def test_a_named_header_stands_alone():
    environ = {
        "REMOTE_ADDR": PROXY,
        "HTTP_CF_CONNECTING_IP": REAL,
        "HTTP_X_FORWARDED_FOR": FORGED,
    }
    assert clients(header="CF-Connecting-IP").find(environ) == ip_address(REAL)


@pytest.mark.parametrize(
    ("text", "peer", "by_proxy"),
    [
        (PROXY, PROXY, True),
        (PROXY, REAL, False),
        (PROXY, "", False),
        ("uds", "", True),
        ("uds", PROXY, False),
        ("uds", "what?", False),
    ],
)
def test_a_request_is_by_proxy_or_not(text, peer, by_proxy):
    assert clients(text).is_by_proxy({"REMOTE_ADDR": peer}) is by_proxy


def test_a_request_without_a_peer_has_no_client():
    assert clients().find({}) is None
    assert clients().hand_on({})["REMOTE_ADDR"] == "0.0.0.0"


def test_django_is_handed_the_client_and_nothing_that_says_another():
    environ = {
        "REMOTE_ADDR": PROXY,
        "PATH_INFO": "/account/login/",
        "HTTP_HOST": "paper.test",
        "HTTP_X_FORWARDED_FOR": f"{FORGED}, {REAL}",
        "HTTP_FORWARDED": f"for={FORGED}",
        "HTTP_X_REAL_IP": FORGED,
        "HTTP_X_CLIENT_IP": FORGED,
        "HTTP_TRUE_CLIENT_IP": FORGED,
        "HTTP_CF_CONNECTING_IP": FORGED,
        "HTTP_FASTLY_CLIENT_IP": FORGED,
        "HTTP_CLIENT": FORGED,
    }
    before = dict(environ)
    assert clients().hand_on(environ) == {
        "REMOTE_ADDR": REAL,
        "PATH_INFO": "/account/login/",
        "HTTP_HOST": "paper.test",
        "HTTP_CLIENT": FORGED,
    }
    assert environ == before
    assert "HTTP_CLIENT" not in clients(header="Client").hand_on(environ)
