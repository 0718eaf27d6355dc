"""The demo's second run: another port, the same data; and what FRESH=1 will not touch."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys

import pytest

from tests.factories.demo import free_port, serve_demo

pytestmark = pytest.mark.journey
STORY = re.compile(r'href="(/city/[a-z0-9-]+-\d+/)"')


def _run(home, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")}
    return subprocess.run(
        [sys.executable, "-m", "broadsheet", "demo", "run"],
        env={**kept, "BROADSHEET_HOME": str(home), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_second_run_keeps_the_data_and_no_old_address(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    first, second = free_port(), free_port()
    with serve_demo(home, first) as lantern, lantern.reader() as client:
        story = STORY.search(client.get("/city/").text)[1]
        sign_up = client.get("/account/signup/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', sign_up.text)[1]
        person = {"email": "stays@reader.example", "password1": "a lamp for every stair"}
        joined = client.post("/account/signup/", data={"csrfmiddlewaretoken": token, **person})
        assert joined.status_code == 200
        assert client.get(story).headers["Broadsheet-Verdict"].startswith("full; ")
        cookies = dict(client.cookies)
    with serve_demo(home, second) as lantern, lantern.reader() as client:
        client.cookies.update(cookies)
        page = client.get(story)
        assert page.headers["Broadsheet-Verdict"].startswith("full; reason=already-read; used=1")
        assert f'rel="canonical" href="http://127.0.0.1:{second}{story}"' in page.text
        assert "stays@reader.example" in client.get("/account/").text
        for address in ("/", story, "/sitemap.xml", "/feeds/city.xml", "/robots.txt"):
            assert str(first) not in client.get(address).text


def test_fresh_leaves_a_folder_alone_that_is_no_demos(tmp_path):
    (tmp_path / "thesis.txt").write_text("eleven years of work")
    done = _run(tmp_path, FRESH="1", PORT=str(free_port()))
    assert done.returncode == 2
    assert "is not a demo newspaper's folder, so FRESH=1 leaves it alone" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("written", ["80 80", "0", "65536", "http"])
def test_a_port_that_is_none_is_refused(tmp_path, written):
    done = _run(tmp_path / "home", PORT=written)
    assert done.returncode == 2
    assert f"PORT is {written!r}; give a number from 1 to 65535." in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_port_in_use_is_named_with_a_way_out(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = _run(tmp_path / "home", PORT=str(port))
    assert done.returncode == 2
    assert f"Port {port} cannot be used" in done.stderr
    assert f"PORT={port + 1} make demo" in done.stderr
