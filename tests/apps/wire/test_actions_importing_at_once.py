"""Two imports of the same files at once make each story once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, connections

from broadsheet.apps.newsroom.models import Section, Story, StoryCopy
from broadsheet.apps.wire.actions import Imported, import_stories
from broadsheet.apps.wire.models import Take

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def test_each_story_is_made_once(tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer, and the tests' database in memory one connection")
    Section.objects.create(name="City", slug="city")
    path = tmp_path / "x.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": n, "title": f"Story {n}", "body": "One.\n\nTwo.", "by": "Asha Rao"})
            + "\n"
            for n in range(300)
        )
    )

    def run(second: int) -> Imported:
        try:
            return import_stories(
                paths=[path],
                section="city",
                origin="staff",
                now=datetime(2026, 11, 22, 9, 0, second, tzinfo=UTC),
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, (1, 2)))
    assert sorted((one.created, one.unchanged) for one in done) == [(0, 300), (300, 0)]
    assert (Story.objects.count(), StoryCopy.objects.count(), Take.objects.count()) == (300,) * 3
    assert Story.objects.filter(version=1).count() == 300
