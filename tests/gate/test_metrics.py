"""The gate's figures."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from broadsheet.counters.contract import StoreUnavailable
from broadsheet.gate import metrics
from broadsheet.gate.metrics import HELP, Metrics
from broadsheet.protocol.proxies import parse_proxies

pytestmark = pytest.mark.pure
PLAIN = [name for name in HELP if name.endswith("_total") and name != "views_total"]
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(autouse=True)
def _from_nothing(monkeypatch):
    monkeypatch.setattr(metrics, "_counts", {})


@pytest.fixture
def ask(paper):
    """The figures as a local program reads them, by name and labels but the process's."""

    def read():
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", **HERE}
        started = []
        body = b"".join(paper.gate(environ, lambda *said: started.append(said)))
        assert started[0][0] == "200 OK"
        return {
            re.sub(r',?process="[0-9]+"', "", name).removeprefix("broadsheet_gate_"): int(number)
            for name, _, number in (
                line.rpartition(" ") for line in body.decode().splitlines() if line[0] != "#"
            )
        }

    return read


def test_views_are_counted_by_outcome_and_reason(paper, ask):
    reader = paper.browser()
    urls = paper.add_stories(6)
    for url in (*urls, urls[0]):
        reader.get(url)
    reader.get(urls[0], method="HEAD")
    reader.get("/")
    figures = ask()
    assert {name: number for name, number in figures.items() if name.startswith("views")} == {
        'views_total{outcome="full",reason="within-allowance"}': 5,
        'views_total{outcome="full",reason="already-read"}': 1,
        'views_total{outcome="preview",reason="allowance-spent"}': 1,
    }
    assert figures["stories_held{}"] == 6
    assert figures["page_bytes_held{}"] == paper.gate._pages.size
    assert figures["pages_fetched_total{}"] == 7


def test_a_figure_outlives_the_verdicts_it_was_counted_by(paper, ask):
    url = paper.site.add(1, "free")
    paper.browser().get(url)
    paper.publish(mark="PT")
    paper.gate.feed.poll()
    paper.browser().get(url)
    assert ask()['views_total{outcome="full",reason="free"}'] == 2


def test_what_fails_is_counted(paper, ask, monkeypatch):
    def fail(*_words):
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(paper.store, "consume", fail)
    paper.browser().get(paper.site.add(1))
    paper.site.fails = True
    paper.browser().get(paper.site.add(2))
    paper.purge("story:1")
    paper.purge("reader:d1")
    paper.gate.feed.poll()
    figures = ask()
    assert figures["store_failures_total{}"] == 1
    assert figures["pages_refused_total{}"] == 1
    assert figures["purges_total{}"] == 1
    assert figures['views_total{outcome="full",reason="uncounted"}'] == 1


def test_events_that_cannot_be_written_are_counted(paper, ask):
    (paper.home / "spool").write_text("no folder")
    for url in paper.add_stories(2, "free"):
        paper.browser().get(url)
    paper.gate._spool.flush()
    assert ask()["events_lost_total{}"] == 2


def test_the_page_is_what_prometheus_reads(tmp_path):
    page = Metrics(tmp_path, held=lambda: {"stories_held": 3})
    metrics.count("views_total", outcome="full", reason="free").number += 2
    headers, body = page.answer()
    lines = body.decode().splitlines()
    assert dict(headers)["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert [re.sub("[0-9]{2,}", "N", line) for line in lines] == [
        "# HELP broadsheet_gate_views_total Story pages sent, by outcome and reason.",
        "# TYPE broadsheet_gate_views_total counter",
        'broadsheet_gate_views_total{outcome="full",reason="free",process="N"} 2',
        *(
            line
            for name in PLAIN
            for line in (
                f"# HELP broadsheet_gate_{name} {HELP[name]}",
                f"# TYPE broadsheet_gate_{name} counter",
                f'broadsheet_gate_{name}{{process="N"}} 0',
            )
        ),
        "# HELP broadsheet_gate_stories_held Stories whose pages are held in memory.",
        "# TYPE broadsheet_gate_stories_held gauge",
        'broadsheet_gate_stories_held{process="N"} 3',
    ]


def test_one_process_answers_for_all_that_live_and_for_no_other(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for process, number in (("1", 5), (str(ended.pid), 7)):
        (tmp_path / process).write_text(json.dumps([["purges_total", "", number]]))
    (tmp_path / "2").write_text("{")
    page = Metrics(tmp_path)
    metrics.count("purges_total").number += 1
    lines = page.answer()[1].decode().splitlines()
    samples = [line for line in lines if line.startswith("broadsheet_gate_purges_total")]
    assert [re.sub("[0-9]{2,}", "N", line) for line in samples] == [
        'broadsheet_gate_purges_total{process="1"} 5',
        'broadsheet_gate_purges_total{process="N"} 1',
    ]
    assert not (tmp_path / str(ended.pid)).exists()


def test_another_users_process_lives_too(monkeypatch, tmp_path):
    def refuse(_process, _signal):
        raise PermissionError

    (tmp_path / "7").write_text(json.dumps([["purges_total", "", 5]]))
    monkeypatch.setattr(metrics.os, "kill", refuse)
    assert 'purges_total{process="7"} 5' in Metrics(tmp_path).answer()[1].decode()


def test_a_process_that_ends_leaves_no_figures(tmp_path):
    page = Metrics(tmp_path)
    page.save()
    assert len(list(tmp_path.iterdir())) == 1
    page.drop()
    assert list(tmp_path.iterdir()) == []


def test_figures_are_written_once_a_second_at_most(tmp_path):
    page = Metrics(tmp_path)
    page.save()
    (path,) = tmp_path.iterdir()
    path.unlink()
    page.save()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_of_once_and_harms_nothing(tmp_path, caplog):
    (tmp_path / "file").touch()
    page = Metrics(tmp_path / "file")
    page.answer()
    page.answer()
    page.drop()
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("token", "brought", "may"),
    [
        ("", "", (True, False)),
        ("", "Bearer ", (True, False)),
        ("s3cret", "", (False, False)),
        ("s3cret", "Bearer s3cret", (True, True)),
        ("s3cret", "Bearer s3cre", (False, False)),
        ("s3cret", "Bearer é", (False, False)),
        ("s3cret", "s3cret", (False, False)),
    ],
)
def test_a_token_decides_and_without_one_only_this_host_may_ask(tmp_path, token, brought, may):
    page = Metrics(tmp_path, token=token)
    assert (page.may_ask(brought, is_local=True), page.may_ask(brought, is_local=False)) == may


@pytest.mark.parametrize(
    ("proxies", "origin", "environ", "status"),
    [
        ("", "http://paper.test", HERE, 200),
        ("", "http://paper.test", {"REMOTE_ADDR": "::1"}, 200),
        ("", "http://paper.test", {"REMOTE_ADDR": "192.0.2.1"}, 404),
        ("", "http://paper.test", {"REMOTE_ADDR": ""}, 404),
        ("", "http://paper.test", {**HERE, "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        ("", "https://paper.test", HERE, 404),
        ("127.0.0.1", "https://paper.test", HERE, 200),
        ("127.0.0.1", "https://paper.test", {**HERE, "HTTP_CLIENT": "192.0.2.1"}, 404),
        ("127.0.0.1", "https://paper.test", {**HERE, "HTTP_CLIENT": "127.0.0.1"}, 404),
        ("127.0.0.1", "https://paper.test", {**HERE, "HTTP_CLIENT": "unix:"}, 404),
        ("127.0.0.1", "https://paper.test", {**HERE, "HTTP_CLIENT": ""}, 404),
        ("uds", "https://paper.test", {"HTTP_CLIENT": "192.0.2.1"}, 404),
    ],
)
def test_whoever_comes_through_a_proxy_is_no_program_of_this_host(
    paper, proxies, origin, environ, status
):
    trusted = parse_proxies(proxies, "Client")
    paper.settings = dataclasses.replace(paper.settings, proxies=trusted, origin=origin)
    gate = paper.open_gate()
    started = []
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/metrics", "REMOTE_ADDR": "", **environ}
    gate(asked, lambda *said: started.append(said))
    assert started[0][0].startswith(str(status))


def test_everybody_else_is_told_that_nothing_is_there(paper):
    page = paper.browser().get("/metrics", x_forwarded_for="192.0.2.1")
    assert (page.status, page.text, page.headers["cache-control"]) == (404, "", "no-store")
    assert paper.site.seen == []


def test_every_figure_that_is_counted_says_what_it_means():
    gate = Path(metrics.__file__).parent
    counted = set()
    for path in gate.glob("*.py"):
        counted |= set(re.findall(r'count\(\s*"([a-z_]+)"', path.read_text()))
    held = {"stories_held", "page_bytes_held"}
    assert counted | held == set(HELP)
