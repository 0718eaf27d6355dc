"""Other people's servers, other people's folders, other people's forms."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.factories.attacker import ask, post

pytestmark = pytest.mark.journey
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    " //evil.example",
    "//evil.example\\@127.0.0.1",
    "http://127.0.0.1@evil.example/",
)
SCRIPT = "\"'><script>alert(1)</script>{{7*7}}"


def test_no_door_leads_off_the_site(lantern):
    email, password = lantern.people["registered"]
    with lantern.reader() as client:
        client.follow_redirects = False
        for elsewhere in ELSEWHERE:
            came = post(client, "/account/login/", login=email, password=password, next=elsewhere)
            assert (came.status_code, came.headers["Location"]) == (302, "/account/"), elsewhere
            left = post(client, "/account/logout/", next=elsewhere)
            assert left.headers["Location"] == "/", elsewhere
            for page in ("/subscribe/", "/subscribe/checkout/"):
                asked = {"plan": "smart-quarterly", "next": elsewhere}
                shown = client.get(page, params=asked).text
                links = re.findall(r'(?:href|action)="([^"]*)"', shown)
                hidden = re.findall(r'name="next" value="([^"]*)"', shown)
                for where in [*links, *hidden]:
                    assert "evil" not in where, (page, elsewhere)
                    assert "javascript:" not in where, (page, elsewhere)


@pytest.mark.parametrize(
    "path",
    [
        "/media/../secret.key",
        "/media/..%2fsecret.key",
        "/media/%2e%2e/secret.key",
        "/media/..%5csecret.key",
        "/media//etc/passwd",
        "/media/x%00.png",
        "/media/",
        "/static/../secret.key",
        "/static/%2e%2e/secret.key",
        "/static/..%2f..%2fsecret.key",
        "/demo/mail/..%2f..%2fsecret.key/",
        "/demo/mail/../../secret.key/",
        "/bank/../secret.key",
        "/bank/bank.sqlite3",
        "/bank/pay/../../v1/charges",
        "/bank/v1/charges",
        "/documents/1/secret.key",
        "/account/pass/",
    ],
)
def test_no_path_leads_out_of_its_folder(lantern, path):
    answer = ask(lantern.address, "GET", path)
    assert answer.status == 404
    secret = (lantern.home / "secret.key").read_text().strip()
    assert secret not in answer.text
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "/search/?q=%00",
        "/search/?q=%ff%fe",
        "/search/?q=" + "a+" * 3000,
        "/search/?q=x&page=99999999999999999999999",
        "/search/?q=x&page=%D9%A1",
        "/city/?page=-1",
        "/sitemap-99999999999999999999999999.xml",
        "/feeds/%00.xml",
        "/author/" + "a" * 3000 + "/",
        "/topic/%E0%A4%95/",
        "/subscribe/?plan=%00&next=%00",
        "/subscribe/checkout/?plan=%00",
        "/account/login/?next=%00",
        "/account/confirm-email/%00/",
        "/account/receipts/99999999999999999999999999/",
        "/_util/authenticate_with_password/99999999999999999999999/1/",
        "/?" + "a=1&" * 1500,
        "/" + "x" * 20000,
    ],
)
def test_nonsense_is_no_error_of_ours(lantern, target):
    assert ask(lantern.address, "GET", target).status < 500


def test_forms_without_their_secret_do_nothing(lantern):
    with lantern.reader() as client:
        email, password = lantern.people["registered"]
        post(client, "/account/login/", login=email, password=password)
        for path in (
            "/account/logout/",
            "/account/subscription/end/",
            "/account/subscription/keep/",
            "/subscribe/checkout/",
            "/account/email/",
            "/account/password/change/",
            "/desk/login/",
        ):
            refused = client.post(path, data={"plan": "smart-quarterly", "action_add": "1"})
            assert refused.status_code == 403, path
        assert client.get("/account/").status_code == 200
        assert client.get("/account/logout/").status_code == 200
        assert email in client.get("/account/").text


def test_what_is_typed_is_never_run(lantern):
    with lantern.reader() as client:
        pages = [
            client.get("/search/", params={"q": SCRIPT}),
            client.get("/account/login/", params={"next": "/" + SCRIPT}),
            client.get(
                "/subscribe/checkout/", params={"plan": "smart-quarterly", "next": "/" + SCRIPT}
            ),
            client.get("/" + SCRIPT),
            post(client, "/account/login/", login=SCRIPT, password=SCRIPT),
            post(client, "/account/signup/", email=SCRIPT, password1="x"),
            post(client, "/account/login/code/", email=SCRIPT),
        ]
    for page in pages:
        assert page.status_code in {200, 404}
        assert "<script>alert" not in page.text
        assert "49" not in re.findall(r"&gt;(\{\{7\*7\}\}|49)", page.text)
        assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


def test_a_strange_host_gets_into_no_page(lantern, by_access):
    story = by_access["free"][0]
    for host in ("evil.example", "evil.example:80", "127.0.0.1@evil.example", "", 'a"b<c'):
        for path in ("/", "/account/login/", "/sitemap.xml", "/feeds/home.xml", "/robots.txt"):
            assert ask(lantern.address, "GET", path, host=host).status == 400, (host, path)
        answer = ask(lantern.address, "GET", story, ("X-Forwarded-Host", "evil.example"), host=host)
        assert "evil" not in answer.text
    forwarded = ask(lantern.address, "GET", "/", ("X-Forwarded-Host", "evil.example"))
    assert "evil" not in forwarded.text
    canonical = f'<link rel="canonical" href="{lantern.address}{story}">'
    assert canonical in httpx.get(lantern.address + story).text


def test_one_request_is_one_request(lantern):
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answer = ask(
        lantern.address,
        "POST",
        "/account/login/",
        ("Content-Length", "5"),
        ("Transfer-Encoding", "chunked"),
        body=smuggled,
    )
    assert answer.text.count("HTTP/1.1 ") == 1
    twice = ask(
        lantern.address,
        "POST",
        "/account/login/",
        ("Content-Length", "5"),
        ("Content-Length", "6"),
        body=b"abcdef",
    )
    assert twice.status == 400
