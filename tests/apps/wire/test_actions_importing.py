"""Importing: stories made, changed, killed, held; everything else set aside with its reason."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from broadsheet.apps.newsroom.models import Section, Story, StoryCopy
from broadsheet.apps.wire.actions import CannotImport, Imported, Noted, import_stories, importing
from broadsheet.apps.wire.models import SetAside, Take
from broadsheet.apps.wire.queries import count_set_aside, list_set_aside

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Lines = Callable[..., Path]
Record = Callable[..., dict[str, Any]]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def run(*paths: Path, days: int = 0, **options: Any) -> Imported:
    options = {"origin": "staff", "section": "city"} | options
    now = NOW + timedelta(days=days)
    with time_machine.travel(now):  # Wagtail asks the clock itself whether an hour has come
        return import_stories(paths=paths, now=now, **options)


def counts(done: Imported) -> tuple[int, int, int, int, int]:
    return (done.read, done.created, done.updated, done.unchanged, done.set_aside)


def reasons(done: Imported) -> list[str]:
    return [note.reason for note in done.errors]


# --- stories ---------------------------------------------------------------------------------


def test_a_record_becomes_a_published_story(lines: Lines, record: Record) -> None:
    path = lines(
        record(
            author="Asha Rao and Tom Hill",
            tags=["Harbour", "Cranes"],
            category="Port affairs",
            origin="contributed",
            access="premium",
            kicker="Old dock",
            language="en",
        )
    )
    done = import_stories(paths=[path], now=NOW)
    assert done == Imported(read=1, created=1)
    story = Story.objects.get()
    assert (story.headline, story.slug, story.live) == (
        "Cranes to be repaired",
        "cranes-to-be-repaired",
        True,
    )
    assert (story.section.slug, story.section.name) == ("port-affairs", "Port affairs")
    assert (story.origin, story.access, story.agency) == ("contributed", "premium", "")
    assert (story.kicker, story.language, story.version) == ("Old dock", "en", 1)
    assert story.published_at == datetime(2026, 11, 2, 18, 30, tzinfo=UTC)  # midnight in Kolkata
    assert story.updated_at is None
    assert story.standfirst == (
        "The harbour board voted on Tuesday to repair the three cranes at the old dock."
    )
    assert next(block.value.source for block in story.body) == (
        "<p>The work will begin before the monsoon.</p>"
    )
    assert len(story.body) == 3
    assert story.word_count == sum(len(block.value.source.split()) for block in story.body)
    assert [one.author.name for one in story.bylines.all()] == ["Asha Rao", "Tom Hill"]
    assert {topic.name for topic in story.topics.all()} == {"Harbour", "Cranes"}
    assert story.latest_revision is None
    assert (SetAside.objects.count(), Take.objects.get().story_id) == (0, story.pk)


def test_a_second_run_changes_nothing(lines: Lines, record: Record) -> None:
    path = lines(record(), record(id="a-2", title="Union welcomes vote"))
    run(path)
    before = list(Story.objects.order_by("pk").values())
    assert counts(run(path, days=1)) == (2, 0, 0, 2, 0)
    assert list(Story.objects.order_by("pk").values()) == before


def test_changed_words_make_a_new_version(lines: Lines, record: Record) -> None:
    run(lines(record()))
    story = Story.objects.get()
    changed = record(title="Cranes to be replaced", author="Asha Rao", tags="Harbour; Cranes")
    assert counts(run(lines(changed), days=1)) == (1, 0, 1, 0, 0)
    again = Story.objects.get()
    assert (again.pk, again.headline, again.version) == (story.pk, "Cranes to be replaced", 2)
    assert again.slug == story.slug
    assert again.updated_at == NOW + timedelta(days=1)
    assert again.published_at == story.published_at
    assert [one.author.name for one in again.bylines.all()] == ["Asha Rao"]
    assert again.topics.count() == 2
    assert counts(run(lines(changed), days=2)) == (1, 0, 0, 1, 0)


def test_another_option_is_a_change(lines: Lines, record: Record) -> None:
    path = lines(record())
    run(path)
    assert counts(run(path, days=1, access="free")) == (1, 0, 1, 0, 0)
    story = Story.objects.get()
    assert (story.access, story.version, story.updated_at) == ("free", 2, None)


def test_what_is_said_for_all_holds_for_all(lines: Lines, record: Record) -> None:
    path = lines(record(section="sport", origin="sponsored", access="free", agency="Crane Co"))
    run(path, origin="edited-wire", access="premium", agency="Harbour News Agency")
    story = Story.objects.get()
    assert (story.section.slug, story.origin, story.access) == ("city", "edited-wire", "premium")
    assert story.agency == "Crane Co"


def test_a_story_without_a_section_goes_to_the_news(lines: Lines, record: Record) -> None:
    run(lines(record()), section="")
    assert Section.objects.get().slug == "news"


def test_names_already_known_are_used(lines: Lines, record: Record) -> None:
    Section.objects.create(name="City and port", slug="city")
    run(lines(record(), record(id="a-2", tags=["A, B", "a b"])))
    assert [section.name for section in Section.objects.all()] == ["City and port"]
    assert Story.objects.get(takes__external_id="a-2").topics.count() == 1


# --- set aside -------------------------------------------------------------------------------


def test_a_bad_item_is_set_aside_and_the_others_go_in(lines: Lines, record: Record) -> None:
    path = lines(
        record(),
        "{broken",
        record(id="a-3", title=None),
        "",
        record(id="a-5", body="  "),
        record(id=None),
        "[1, 2]",
        record(id="a-8", date="yesterday"),
        record(id="a-9"),
    )
    done = run(path)
    assert counts(done) == (8, 2, 0, 0, 6)
    assert done.broken == 5
    assert done.errors == (
        Noted(f"{path}:2", reasons(done)[0]),
        Noted(f"{path}:3", "it has no headline"),
        Noted(f"{path}:5", "it has no text"),
        Noted(f"{path}:6", "it has no identifier (id, guid or url)"),
        Noted(f"{path}:7", "it is JSON, but not an object with named fields"),
        Noted(f"{path}:8", "its published date cannot be read: 'yesterday'"),
    )
    assert reasons(done)[0].startswith("it is not JSON: ")
    kept = list_set_aside()
    assert [(one.place, one.broken) for one in kept] == [
        ("2", True),
        ("3", True),
        ("5", False),
        ("6", True),
        ("7", True),
        ("8", True),
    ]
    assert {one.file for one in kept} == {str(path)}


def test_what_was_set_aside_is_forgotten_when_its_file_is_sound(
    lines: Lines, record: Record
) -> None:
    run(lines("{broken", record()), lines("{broken", name="other.jsonl"))
    assert count_set_aside() == 2
    assert str(list_set_aside(limit=1)[0]).startswith(str(lines(record())))
    run(lines(record()), days=1)
    assert [one.file.rpartition("/")[2] for one in list_set_aside()] == ["other.jsonl"]


@pytest.mark.parametrize(
    ("otherwise", "options", "reason"),
    [
        ({}, {"origin": ""}, "nothing says where it came from; say it with --origin"),
        ({"origin": "elsewhere"}, {"origin": ""}, "its origin is not one we know: 'elsewhere'"),
        ({"access": "secret"}, {}, "its access is not one we know: 'secret'"),
        (
            {},
            {"origin": "wire"},
            "nothing says which agency it came from; origin wire needs one",
        ),
        (
            {"section": "Account"},
            {"section": ""},
            "a section cannot stand at /account/, which belongs to the site itself",
        ),
        (
            {"section": "खेल"},
            {"section": ""},
            "its section 'खेल' makes no address; say one with --section",
        ),
        ({"embargo": "soon"}, {}, "its embargo date cannot be read: 'soon'"),
        ({"status": "lost"}, {}, "its status is not one we know: 'lost'"),
    ],
)
def test_what_the_paper_may_not_print_is_set_aside(
    lines: Lines,
    record: Record,
    otherwise: dict[str, Any],
    options: dict[str, Any],
    reason: str,
) -> None:
    done = run(lines(record(**otherwise)), **options)
    assert (counts(done), reasons(done)) == ((1, 0, 0, 0, 1), [reason])
    assert (Story.objects.count(), Section.objects.count(), Take.objects.count()) == (0, 0, 0)


def test_an_identifier_that_comes_twice_is_set_aside(lines: Lines, record: Record) -> None:
    path = lines(record(), record(), record(title="Another story"))
    for day, expected in enumerate([(3, 1, 0, 0, 2), (3, 0, 0, 1, 2)]):
        done = run(path, days=day)
        assert counts(done) == expected
        assert reasons(done) == [
            "the same item came before in this import",
            "the same item came before in this import, with other words",
        ]
    assert Story.objects.get().headline == "Cranes to be repaired"


def test_batches_change_no_answer(
    lines: Lines, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    test_an_identifier_that_comes_twice_is_set_aside(lines, record)


def test_translations_may_share_an_identifier(lines: Lines, record: Record) -> None:
    assert run(lines(record(lang="english"), record(lang="fr"))).created == 2
    assert sorted(Story.objects.values_list("language", flat=True)) == ["en", "fr"]


def test_the_same_identifier_in_another_file_is_another_story(lines: Lines, record: Record) -> None:
    one, two = lines(record()), lines(record(title="Another"), name="more.jsonl")
    assert run(one, two).created == 2


def test_a_named_feed_joins_files(lines: Lines, record: Record) -> None:
    one, two = lines(record()), lines(record(), name="more.jsonl")
    assert counts(run(one, two, feed="archive")) == (2, 1, 0, 0, 1)
    assert StoryCopy.objects.get().feed == "archive"


def test_an_import_that_makes_no_sense_is_refused(lines: Lines, record: Record) -> None:
    path = lines(record())
    for options, said in (
        ({"format": "docx"}, "There is no format 'docx'. The formats are: auto, "),
        ({"section": "account"}, "A section cannot stand at /account/, which belongs to the site"),
    ):
        with pytest.raises(CannotImport, match=said):
            run(path, **options)
    with pytest.raises(CannotImport, match="There is no file or folder"):
        run(path, path.with_name("missing.jsonl"))
    assert (Story.objects.count(), Take.objects.count()) == (0, 0)


def test_a_folder_is_walked_and_what_is_no_story_is_said(
    lines: Lines, ninjs: Lines, record: Record, tmp_path: Path
) -> None:
    lines(record())
    ninjs(name="sub.json", infosource=None)
    (tmp_path / "README.md").write_text("# Read me\n")
    (tmp_path / ".hidden.jsonl").write_text("{broken")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "stories.jsonl")
    done = run(tmp_path)
    assert counts(done) == (3, 2, 0, 0, 1)
    assert done.errors == (Noted(f"{tmp_path}/README.md", "not in a format we read"),)
    assert done.broken == 0
    done = run(tmp_path, format="ninjs", days=1)
    assert [note.reason for note in done.errors] == ["not ninjs", "not ninjs"]


def test_a_table_without_columns_in_a_folder_stops_nothing(
    lines: Lines, record: Record, tmp_path: Path
) -> None:
    lines(record())
    (tmp_path / "a.csv").write_text("title,date\n")
    done = run(tmp_path)
    assert counts(done) == (2, 1, 0, 0, 1)
    assert "has no column for: id" in reasons(done)[0]
    with pytest.raises(CannotImport, match="has no column for: id"):
        run(tmp_path / "a.csv")


def test_a_named_file_in_no_format_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Nothing to see.\n")
    assert run(path).broken == 1


def test_a_packed_file_that_ends_early_keeps_what_came_before(
    lines: Lines, record: Record, tmp_path: Path
) -> None:
    text = lines(*(record(id=f"a-{n}", title=f"Story {n}") for n in range(400))).read_bytes()
    packed = tmp_path / "stories.jsonl.gz"
    packed.write_bytes(gzip.compress(text)[:-200])
    done = run(packed)
    assert reasons(done)[-1] == "the gzip file is damaged or ends too early"
    assert done.created > 0
    assert done.created + done.set_aside == done.read


def test_progress_is_told_by_batches(
    lines: Lines, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    told: list[int] = []
    path = lines(*(record(id=f"a-{n}") for n in range(5)))
    run(path, on_progress=lambda state: told.append(state.read))
    assert told == [2, 4, 5]


def test_the_list_of_errors_ends_somewhere(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_NOTES", 3)
    done = run(lines(*["{"] * 5))
    assert (len(done.errors), done.set_aside, count_set_aside()) == (3, 5, 5)


# --- wires -----------------------------------------------------------------------------------


def test_a_wire_story_names_its_agency(ninjs: Lines) -> None:
    assert counts(import_stories(paths=[ninjs()], now=NOW)) == (1, 1, 0, 0, 0)
    story = Story.objects.get()
    assert (story.origin, story.agency, story.section.slug) == (
        "wire",
        "Harbour News Agency",
        "world",
    )


def test_the_newest_version_stands_in_any_order(ninjs: Lines) -> None:
    first, second = (
        ninjs(name=f"{version}.json", version=version, headline=f"Take {version}")
        for version in ("1", "2")
    )
    assert counts(run(first, second)) == (2, 1, 1, 0, 0)
    assert counts(run(second, first, days=1)) == (2, 0, 0, 2, 0)
    story = Story.objects.get()
    assert (story.headline, story.version) == ("Take 2", 1)


def test_an_older_version_in_a_later_import_changes_nothing(ninjs: Lines) -> None:
    run(ninjs(version="2", headline="Take 2"))
    assert counts(run(ninjs(version="1", headline="Take 1"), days=1)) == (1, 0, 0, 1, 0)
    assert Story.objects.get().headline == "Take 2"


def test_a_cancellation_kills(ninjs: Lines) -> None:
    run(ninjs())
    canceled = ninjs(version="2", pubstatus="canceled", headline=None, body_text=None)
    assert counts(run(canceled, days=1)) == (1, 0, 1, 0, 0)
    story = Story.objects.get()
    assert (story.live, story.killed_at, story.kill_note) == (
        False,
        NOW + timedelta(days=1),
        "Harbour News Agency withdrew this story.",
    )
    assert counts(run(canceled, days=2)) == (1, 0, 0, 1, 0)
    assert counts(run(ninjs(version="3"), days=3)) == (1, 0, 0, 1, 0)
    assert Story.objects.get().live is False


def test_a_cancellation_of_what_never_came_is_kept_in_mind(ninjs: Lines) -> None:
    done = run(ninjs(name="2.json", version="2", pubstatus="canceled"))
    assert reasons(done) == ["its sender withdrew it before it came in"]
    assert done.broken == 0
    assert counts(run(ninjs(name="1.json"), days=1)) == (1, 0, 0, 1, 0)
    assert Story.objects.count() == 0


def test_a_story_sent_and_canceled_in_one_import_is_never_printed(ninjs: Lines) -> None:
    done = run(ninjs(name="1.json"), ninjs(name="2.json", version="2", pubstatus="canceled"))
    assert counts(done) == (2, 0, 0, 1, 1)
    assert Story.objects.count() == 0


def test_an_embargo_holds_until_its_hour(ninjs: Lines) -> None:
    run(ninjs(embargoed="2026-11-22T12:00:00Z"))
    story = Story.objects.get()
    embargo = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert (story.live, story.go_live_at, story.version) == (False, embargo, 0)
    from broadsheet.apps.newsroom.actions import publish_due_stories

    assert publish_due_stories(now=embargo - timedelta(seconds=1)) == 0
    with time_machine.travel(embargo):
        assert publish_due_stories(now=embargo) == 1
    story.refresh_from_db()
    assert (story.live, story.published_at) == (True, embargo)
    again = ninjs(version="2", embargoed="2026-11-22T12:00:00Z", headline="Corrected")
    assert counts(run(again, days=1)) == (1, 0, 1, 0, 0)
    story.refresh_from_db()
    assert (story.headline, story.latest_revision, story.live) == ("Corrected", None, True)


def test_a_new_version_under_embargo_takes_the_place_of_the_first(ninjs: Lines) -> None:
    until = "2026-11-22T12:00:00Z"
    run(ninjs(embargoed=until))
    run(ninjs(embargoed=until, version="2", headline="Take 2"))
    from broadsheet.apps.newsroom.actions import publish_due_stories

    with time_machine.travel(NOW + timedelta(days=1)):
        assert publish_due_stories(now=NOW + timedelta(days=1)) == 1
    assert Story.objects.get().headline == "Take 2"


def test_a_cancellation_under_embargo_spikes(ninjs: Lines) -> None:
    run(ninjs(embargoed="2026-11-22T12:00:00Z"))
    assert counts(run(ninjs(version="2", pubstatus="canceled"), days=0)) == (1, 0, 1, 0, 0)
    from broadsheet.apps.newsroom.actions import publish_due_stories

    assert publish_due_stories(now=NOW + timedelta(days=1)) == 0
    assert Story.objects.get().live is False


def test_an_embargo_that_is_over_holds_nothing(ninjs: Lines) -> None:
    run(ninjs(embargoed="2026-11-03T12:00:00Z"))
    story = Story.objects.get()
    assert (story.live, story.latest_revision) == (True, None)


def test_a_date_still_to_come_is_an_embargo(lines: Lines, record: Record) -> None:
    run(lines(record(date="2026-11-25")))
    story = Story.objects.get()
    assert (story.live, story.go_live_at) == (False, datetime(2026, 11, 24, 18, 30, tzinfo=UTC))


def test_what_is_withheld_is_a_draft_until_it_is_usable(ninjs: Lines) -> None:
    run(ninjs(pubstatus="withheld"))
    story = Story.objects.get()
    assert (story.live, story.go_live_at, story.has_unpublished_changes) == (False, None, True)
    assert counts(run(ninjs(version="2"), days=1)) == (1, 0, 1, 0, 0)
    story.refresh_from_db()
    assert (story.live, story.has_unpublished_changes, story.version) == (True, False, 1)


def test_what_is_withheld_later_is_taken_back(ninjs: Lines) -> None:
    run(ninjs())
    assert counts(run(ninjs(version="2", pubstatus="withheld"), days=1)) == (1, 0, 1, 0, 0)
    assert Story.objects.get().live is False


def test_an_editors_work_is_left_alone(ninjs: Lines, django_user_model: Any) -> None:
    run(ninjs())
    story = Story.objects.get()
    editor = django_user_model.objects.create_user(email="e@lantern.example", password="x")
    story.headline = "Ours"
    story.save_revision(user=editor).publish(user=editor, skip_permission_checks=True)
    done = run(ninjs(version="2", headline="Take 2"), days=1)
    assert reasons(done) == ["An editor has worked on the story since; it was left as it is"]
    assert Story.objects.get().headline == "Ours"
    assert Take.objects.get().version == 1


def test_a_deleted_story_comes_in_again(ninjs: Lines) -> None:
    run(ninjs())
    Story.objects.all().delete()
    assert counts(run(ninjs(), days=1)) == (1, 1, 0, 0, 0)


def test_a_take_tells_what_it_is(ninjs: Lines) -> None:
    run(ninjs())
    assert str(Take.objects.get()) == "wire urn:newsml:agency.example:20261103:1 1"
