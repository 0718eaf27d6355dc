"""``broadsheet gate scan``: what it prints, what it refuses."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from broadsheet.cli import root
from tests.scan.leaky_paper import EMAIL, PASSWORD, LeakyPaper, paragraphs, serve

pytestmark = pytest.mark.journey  # real sockets
KEYS = {"stories", "representations", "leaks"}


def run(*words, password=PASSWORD):
    return CliRunner().invoke(
        root, ["gate", "scan", *words], env={"BROADSHEET_SCAN_PASSWORD": password}
    )


def test_a_clean_site_is_exit_0_and_a_leak_is_exit_1():
    with serve(LeakyPaper()) as paper:
        done = run(paper.address, "--email", EMAIL, "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout.splitlines()[-1])
    assert set(said) >= KEYS
    assert (said["stories"], said["locked"], said["leaks"]) == (6, 5, [])
    assert done.stderr.splitlines()[-1].startswith("0 leaks in ")
    with serve(LeakyPaper("page: meta")) as paper:
        story = f"{paper.address}/city/ferry-1/"
        done = run(paper.address, "--email", EMAIL, "--story", story, "--json")
    assert done.exit_code == 1
    leaks = json.loads(done.stdout.splitlines()[-1])["leaks"]
    assert {"story", "representation", "excerpt"} <= set(leaks[0])
    assert {leak["story"] for leak in leaks} == {story}
    assert "page: meta, anonymous: 2 locked sentences" in done.stderr


def test_the_newsrooms_own_texts_stand_in_for_a_subscriber(tmp_path):
    with serve(LeakyPaper("JSON (.json)")) as paper:
        story = f"{paper.address}/city/ferry-1/"
        texts = tmp_path / "texts.jsonl"
        line = {"url": story, "paragraphs": paragraphs("ferry")}
        texts.write_text(json.dumps(line) + "\n\n", encoding="utf-8")
        done = run(paper.address, "--story", story, "--texts", str(texts), "--json")
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, said["locked"], said["sentences"]) == (1, 1, 2)
    assert {leak["representation"] for leak in said["leaks"]} == {"JSON (.json)"}


@pytest.mark.parametrize(
    "cookies",
    [
        "session=subscriber",
        "Cookie: other=1; session=subscriber",
        "# Netscape HTTP Cookie File\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tsubscriber",
    ],
)
def test_cookies_of_a_browser_sign_in(tmp_path, cookies):
    jar = tmp_path / "cookies.txt"
    jar.write_text(cookies, encoding="utf-8")
    with serve(LeakyPaper()) as paper:
        done = run(paper.address, "--cookie-file", str(jar), "--json")
    said = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, said["locked"], said["unjudged"]) == (0, 5, [])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("paper.example", "write one as https://paper.example/"),
        ("ftp://paper.example/", "write one as https://paper.example/"),
        ("http://[", "write one as https://paper.example/"),
        ("https://paper.example:99999999/", "write one as https://paper.example/"),
    ],
)
def test_what_is_no_address_is_refused(url, says):
    done = run(url)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr


def test_where_nothing_listens_it_says_so():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}/"
        done = run(address)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"Nothing answers at {address[:-1]}" in done.stderr


def test_a_site_without_lists_a_wrong_password_and_a_missing_form_are_refused(tmp_path):
    class Bare(LeakyPaper):
        def answer(self, environ):
            return "200 OK", "text/html", "<h1>Nothing</h1>", []

    class Closed(LeakyPaper):
        def answer(self, environ):
            return "403 Forbidden", "text/html", "<h1>No</h1>", []

    with serve(Closed()) as paper:
        closed = run(paper.address)
    with serve(Bare()) as paper:
        bare = run(paper.address)
        no_form = run(paper.address, "--email", EMAIL)
    with serve(LeakyPaper()) as paper:
        wrong = run(paper.address, "--email", EMAIL, password="x")
        silent = run(paper.address, "--email", EMAIL, password="")
        (tmp_path / "none.txt").write_text("nothing here")
        no_cookie = run(paper.address, "--cookie-file", str(tmp_path / "none.txt"))
        (tmp_path / "texts.jsonl").write_text('{"url": 1}')
        no_text = run(paper.address, "--texts", str(tmp_path / "texts.jsonl"))
    for done, says in (
        (closed, "answers 403 to a plain request"),
        (bare, "shows no feed and no sitemap with stories"),
        (no_form, "There is no sign-in form with a password"),
        (wrong, f"did not sign {EMAIL} in"),
        (silent, "in BROADSHEET_SCAN_PASSWORD"),
        (no_cookie, "holds no cookie for 127.0.0.1"),
        (no_text, "Line 1 of"),
    ):
        assert (done.exit_code, done.stdout) == (2, "")
        assert says in done.stderr


def test_a_site_that_leads_elsewhere_or_lists_elsewhere_is_named():
    class Moved(LeakyPaper):
        def answer(self, environ):
            return "301 Moved", "text/html", "", [("Location", "https://new.example/x")]

    class Elsewhere(LeakyPaper):
        def _sitemap(self):
            return "<urlset><url><loc>https://other.example/a-1/</loc></url></urlset>"

    with serve(Moved()) as paper:
        moved = run(paper.address)
    with serve(Elsewhere()) as paper:
        elsewhere = run(paper.address)
    assert (moved.exit_code, elsewhere.exit_code) == (2, 2)
    assert "broadsheet gate scan https://new.example/" in moved.stderr
    assert "broadsheet gate scan https://other.example/" in elsewhere.stderr


def test_it_needs_no_newspaper_and_no_django(tmp_path):
    with serve(LeakyPaper()) as paper:
        code = (
            "import sys; from broadsheet.cli import main; "
            f"sys.argv = ['broadsheet', 'gate', 'scan', '{paper.address}']\n"
            "try:\n    main()\n"
            "finally:\n    print(sorted(m for m in sys.modules if m == 'django'))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"PATH": "", "BROADSHEET_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stdout.splitlines()[-1] == "[]"
    assert "0 leaks in " in done.stdout
    assert not (tmp_path / "home").exists()
