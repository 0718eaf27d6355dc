"""Four runners at the same moment, as four real processes: each reader is charged once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[3]
READERS, RUNNERS = 16, 4


@contextmanager
def own_database() -> Iterator[str]:
    """A PostgreSQL database for this test alone; nothing where the tests run on SQLite."""
    url = os.environ.get("BROADSHEET_DATABASE_URL", "")
    if not url:
        yield ""
        return
    import psycopg

    name = f"runners_{uuid.uuid4().hex[:8]}"
    maintenance = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with closing(psycopg.connect(maintenance, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def environ(bank, tmp_path) -> Iterator[dict[str, str]]:
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "merchant.key").write_text(bank.key_file.read_text())
    plain = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
    with own_database() as url:
        yield plain | {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "a key for tests only",
            "BROADSHEET_BANK_URL": bank.address,
            "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
            **({"BROADSHEET_DATABASE_URL": url} if url else {}),
        }


def start(environ: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE
    )


def answer_of(process: subprocess.Popen[str]) -> object:
    written, _ = process.communicate(timeout=120)
    assert process.returncode == 0, written
    return json.loads(written.splitlines()[-1])


def test_four_runners_at_once_charge_each_reader_once(environ, bank):
    ends_on = answer_of(start(environ, "tests.factories.many_readers", "prepare", str(READERS)))
    renew = ("broadsheet", "subscription", "renew", "--as-of", str(ends_on), "--json")
    before = bank.count_taken()
    tallies = [answer_of(one) for one in [start(environ, *renew) for _ in range(RUNNERS)]]
    assert sum(tally["due"] for tally in tallies) == READERS
    assert sum(tally["succeeded"] for tally in tallies) == READERS
    assert bank.count_taken() - before == READERS
    again = answer_of(start(environ, *renew))
    assert set(again.values()) == {0}
    assert answer_of(start(environ, "tests.factories.many_readers", "tell")) == {
        "terms": 2 * READERS,
        "payments": 2 * READERS,
        "charges": 2 * READERS,
        "ledger": 0,
        "broken": [],
        "states": [["active", 2]],
    }
    heal_at_once(environ, bank)
    checked = answer_of(start(environ, "broadsheet", "ledger", "check", "--json"))
    assert checked["ok"] is True
    numbered = {one["name"].split()[0] for one in checked["invariants"]} - {"each", "the", "no"}
    assert numbered - {"tax"} == {f"I{n}" for n in range(1, 11)} - {"I5"}
    reconciled = answer_of(start(environ, "broadsheet", "payment", "reconcile", "--json"))
    assert (reconciled["settled"], reconciled["mismatched"]) == (0, 0)


def heal_at_once(environ, bank):
    """Every reply of the next renewal is lost; four reconcilers at once find each charge once."""
    before = bank.count_taken()
    bank.script("lose_reply_after_commit", "charge", times=READERS)
    far = start(environ, "broadsheet", "subscription", "renew", "--as-of", "2099-01-01", "--json")
    tally = json.loads(far.communicate(timeout=120)[0].splitlines()[-1])
    assert far.returncode == 1
    assert (tally["due"], tally["unknown"]) == (READERS, READERS)
    reconcile = ("broadsheet", "payment", "reconcile", "--json")
    found = [answer_of(one) for one in [start(environ, *reconcile) for _ in range(RUNNERS)]]
    assert [one["mismatched"] for one in found] == [0] * RUNNERS
    assert bank.count_taken() - before == READERS
    told = answer_of(start(environ, "tests.factories.many_readers", "tell"))
    assert (told["terms"], told["payments"], told["charges"]) == (3 * READERS,) * 3
    assert (told["ledger"], told["broken"], told["states"]) == (0, [], [["active", 3]])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("subscription", "renew", "--as-of", "soon"), "does not match the format"),
        (("payment", "reconcile", "--since", "2999-01-01"), "lies in the future"),
    ],
)
def test_wrong_words_are_told_apart(environ, words, says):
    done = subprocess.run(
        [sys.executable, "-m", "broadsheet", *words],
        cwd=ROOT,
        env=environ,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert says in done.stderr
