"""``broadsheet story import`` as people and scripts meet it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from broadsheet.apps.newsroom.models import Story
from broadsheet.cli.story import FORMATS, group

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BODY = "The harbour board voted to repair the cranes. Work begins soon.\n\nTwo voted against it."


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(group, ["import", *map(str, words)])


def facts(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "stories.csv"
    path.write_text(
        "URL,Title,Published at,Content,Category,Byline\n"
        f'https://a.example/1,Cranes to be repaired,2026-11-03,"{BODY}",City,By Asha Rao\n'
        f'https://a.example/2,"One, two",2026-11-04,"{BODY}",City,\n'
        "https://a.example/3,,2026-11-04,Text,City,\n",
        encoding="utf-8",
    )
    return path


def test_every_format_is_offered() -> None:
    from broadsheet.apps.wire.formats import BY_NAME

    assert set(FORMATS) == {"auto", *BY_NAME}


def test_some_of_it_failed(csv_file: Path) -> None:
    result = run("--format", "csv", "--origin", "staff", "--json", csv_file)
    assert result.exit_code == 1
    assert result.stdout.count("\n") == 1
    assert facts(result) == {
        "read": 3,
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "set_aside": 1,
        "errors": [{"where": f"{csv_file}:8", "reason": "it has no headline"}],
    }
    assert result.stderr.splitlines() == [
        f"set aside {csv_file}:8: it has no headline",
        "3 read: 2 created, 0 updated, 0 unchanged, 1 set aside (1 damaged).",
    ]
    story = Story.objects.get(headline="Cranes to be repaired")
    assert [one.author.name for one in story.bylines.all()] == ["Asha Rao"]


def test_all_of_it_went_in_and_again(csv_file: Path) -> None:
    sound = csv_file.read_text(encoding="utf-8").rsplit("https", 1)[0]
    packed = csv_file.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(sound.encode()))
    result = run("--origin", "staff", "--section", "Port affairs", "--access", "free", packed)
    assert (result.exit_code, result.stdout) == (
        0,
        "2 read: 2 created, 0 updated, 0 unchanged, 0 set aside (0 damaged).\n",
    )
    assert set(Story.objects.values_list("section__slug", "access")) == {("port-affairs", "free")}
    again = run("--origin", "staff", "--section", "Port affairs", "--access", "free", packed)
    assert again.stdout.startswith("2 read: 0 created, 0 updated, 2 unchanged")


def test_a_long_list_of_errors_is_cut_for_people_only(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("{\n" * 25)
    result = run("--json", path)
    assert len(facts(result)["errors"]) == 25
    assert result.stderr.splitlines()[-2] == "… and 5 more"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "docx", "."], "is not one of 'auto', 'jsonl', 'csv'"),
        (["nowhere.jsonl"], "Path 'nowhere.jsonl' does not exist"),
        (["--origin", "moon", "."], "'moon' is not one of 'staff'"),
        (["--section", "account", "."], "/account/, which belongs to the site itself"),
        ([], "Missing argument 'PATHS...'"),
    ],
)
def test_wrong_usage(words: list[str], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert Story.objects.count() == 0


def test_a_table_without_the_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Title,Date\nCranes,2026-11-03\n")
    result = run("--format", "csv", "--origin", "staff", path)
    assert result.exit_code == 2
    assert "has no column for: id (or guid, external_id, uid, uuid); body (or content" in (
        result.stderr
    )


@pytest.mark.skipif(not SHARED.exists(), reason="the material in ../shared/data is not here")
@pytest.mark.parametrize(
    ("words", "created"),
    [
        (["--format", "ninjs", "wires/iptc-ninjs/examples"], 13),
        (["--format", "newsml-g2", "wires/iptc-newsml-g2"], 3),
        (["--format", "jsonl", "--origin", "contributed", "archive/wikinews-en-2019-2020"], 294),
    ],
)
def test_real_folders_run_clean(words: list[str], created: int) -> None:
    *options, folder = words
    result = run(*options, "--json", SHARED / folder)
    done = facts(result)
    assert (result.exit_code, done["created"]) == (0, created)
    assert done["created"] + done["set_aside"] == done["read"]
    assert len(done["errors"]) == done["set_aside"]
    assert all(one["reason"] for one in done["errors"])
    again = facts(run(*options, "--json", SHARED / folder))
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, created)
