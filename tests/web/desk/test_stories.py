"""An editor's day at the real admin: write, preview, publish, schedule, kill, review, lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from broadsheet.apps.accounts.models import User
from broadsheet.apps.newsroom.models import Author, Section, Story
from broadsheet.plumbing.models import OutboxRow
from broadsheet.web.desk.viewsets.story import say_status

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]
Make = Callable[..., Story]


def written(section: Section, **fields: Any) -> dict[str, Any]:
    """The editor's form, filled in."""
    body = [("paragraph", rich_text("<p>Six boats.</p><p>Two decks.</p>"))]
    return nested_form_data(
        {
            "kicker": "Ferries",
            "headline": "Night boats return",
            "standfirst": "Six of them.",
            "body": streamfield(body),
            "bylines": inline_formset([]),
            "corrections": inline_formset([]),
            "dateline": "Fort Quay",
            "lead_picture": "",
            "caption": "",
            "origin": "staff",
            "agency": "",
            "access": "metered",
            "section": str(section.pk),
            "form": "news",
            "storyline": "",
            "slug": "",
            "language": "en-IN",
            "go_live_at": "",
            "expire_at": "",
            **fields,
        }
    )


def test_a_draft_is_written_and_published(sign_in: SignIn, section: Section) -> None:
    client = sign_in("editor")
    author = Author.objects.create(name="Rehan", slug="rehan")
    form = written(section, bylines=inline_formset([{"author": str(author.pk)}]))
    answer = client.post("/desk/stories/add/", form)
    story = Story.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/stories/edit/{story.pk}/")
    assert (story.live, story.version, story.slug) == (False, 0, "night-boats-return")
    assert OutboxRow.objects.count() == 0

    rows = [{"id": str(story.bylines.get().pk), "author": str(author.pk)}]
    form = written(section, bylines=inline_formset(rows, initial=1))
    client.post(f"/desk/stories/edit/{story.pk}/", form | {"action-publish": "1"})

    story.refresh_from_db()
    assert (story.live, story.version, story.word_count) == (True, 1, 4)
    assert [str(block.value) for block in story.body] == ["<p>Six boats.</p>", "<p>Two decks.</p>"]
    assert [line.author for line in story.bylines.all()] == [author]
    assert OutboxRow.objects.get().payload == {"story_id": story.pk, "version": 1}


def test_a_name_stands_once_over_a_story(sign_in: SignIn, section: Section) -> None:
    author = Author.objects.create(name="Rehan", slug="rehan")
    rows = inline_formset([{"author": str(author.pk)}] * 2)
    answer = sign_in("editor").post("/desk/stories/add/", written(section, bylines=rows))
    assert answer.status_code == 200
    assert answer.context["form"].formsets["bylines"].non_form_errors() == [
        "Please correct the duplicate data for story and author, which must be unique."
    ]
    assert Story.objects.count() == 0


def test_a_draft_needs_no_origin_and_publishing_does(sign_in: SignIn, section: Section) -> None:
    client = sign_in("editor")
    form = written(section, origin="")
    client.post("/desk/stories/add/", form)
    story = Story.objects.get()
    assert story.origin == ""

    answer = client.post(f"/desk/stories/edit/{story.pk}/", form | {"action-publish": "1"})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["origin"]
    assert b"Night boats return" in answer.content
    story.refresh_from_db()
    assert (story.live, story.version) == (False, 0)


def test_agency_copy_names_its_sender_beside_the_field(sign_in: SignIn, section: Section) -> None:
    answer = sign_in("editor").post(
        "/desk/stories/add/", written(section, origin="wire") | {"action-publish": "1"}
    )
    assert answer.context["form"].errors == {
        "agency": ["Say which agency or sponsor this came from."]
    }
    assert Story.objects.count() == 0


def test_a_draft_of_a_published_story_stays_behind_it(
    sign_in: SignIn, make_story: Make, section: Section
) -> None:
    story = make_story()
    client = sign_in("editor")
    client.post(f"/desk/stories/edit/{story.pk}/", written(section))
    story.refresh_from_db()
    assert (story.headline, story.has_unpublished_changes) == (
        "Kadalpur reopens its night ferries",
        True,
    )
    assert story.get_latest_revision_as_object().headline == "Night boats return"
    compare = client.get(f"/desk/stories/history/{story.pk}/revisions/compare/live...latest/")
    assert compare.status_code == 200


def test_a_schedule_waits(sign_in: SignIn, section: Section) -> None:
    due = timezone.localtime(timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    form = written(section, go_live_at=due.strftime("%Y-%m-%d %H:%M"))
    sign_in("editor").post("/desk/stories/add/", form | {"action-publish": "1"})
    story = Story.objects.get()
    assert (story.live, story.version, story.go_live_at) == (False, 0, due)
    assert story.revisions.get().approved_go_live_at == due
    assert OutboxRow.objects.count() == 0


def test_a_published_story_is_killed_with_a_sentence(sign_in: SignIn, make_story: Make) -> None:
    story = make_story()
    client = sign_in("editor")
    path = f"/desk/stories/unpublish/{story.pk}/"
    refused = client.post(path, {"note": " "})
    assert refused.status_code == 200
    assert b"Write the sentence that readers will find." in refused.content
    story.refresh_from_db()
    assert story.live is True

    answer = client.post(path, {"note": "Its figures were wrong."})

    assert (answer.status_code, answer["Location"]) == (302, "/desk/stories/")
    story.refresh_from_db()
    assert (story.live, story.kill_note) == (False, "Its figures were wrong.")


def test_a_writer_submits_and_an_editor_approves(sign_in: SignIn, section: Section) -> None:
    client = sign_in("editor")
    client.post("/desk/stories/add/", written(section) | {"action-submit": "1"})
    story = Story.objects.get()
    state = story.current_workflow_task_state
    assert (story.live, state.status) == (False, "in_progress")

    client.post(
        f"/desk/stories/workflow/action/{story.pk}/approve/{state.pk}/", {"comment": "Good."}
    )

    story.refresh_from_db()
    assert (story.live, story.version) == (True, 1)
    assert OutboxRow.objects.count() == 1


def test_a_story_someone_locked_is_not_saved(
    sign_in: SignIn, make_story: Make, section: Section
) -> None:
    other = User.objects.create_user("other@lantern.example")
    story = make_story(locked=True, locked_by=other, locked_at=timezone.now())
    sign_in("editor").post(f"/desk/stories/edit/{story.pk}/", written(section))
    story.refresh_from_db()
    assert story.has_unpublished_changes is False


@pytest.mark.parametrize(
    ("mode", "has", "lacks"),
    [("full", b'data-part="body"', b"data-paywall"), ("stopped", b"data-paywall", b"Last words")],
)
def test_a_preview_shows_what_a_reader_would(
    sign_in: SignIn, section: Section, mode: str, has: bytes, lacks: bytes
) -> None:
    client = sign_in("editor")
    paragraphs = [("paragraph", rich_text(f"<p>{' '.join(['word'] * 30)}</p>"))] * 4
    body = streamfield([*paragraphs, ("paragraph", rich_text("<p>Last words.</p>"))])
    form = written(section, body=body)
    assert client.post("/desk/stories/preview/", form).json()["is_valid"] is True
    answer = client.get(f"/desk/stories/preview/?mode={mode}")
    assert answer.status_code == 200
    assert has in answer.content
    assert lacks not in answer.content
    assert Story.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?q=WATER+fifth", 1),
        ("?q=zoya", 1),
        ("?q=water+zebra", 0),
        ("?access=premium", 1),
        ("?origin=wire", 1),
        ("?live=false", 1),
        ("?section={section}", 3),
        ("?form=opinion", 0),
    ],
)
def test_the_list_is_searched_and_narrowed(
    sign_in: SignIn, make_story: Make, section: Section, query: str, found: int
) -> None:
    from broadsheet.apps.newsroom.models import StoryByline

    water = make_story(headline="A fifth of the water", access="premium")
    StoryByline.objects.create(story=water, author=Author.objects.create(name="Zoya", slug="z"))
    make_story(origin="wire", agency="Peninsula Press")
    make_story(live=False)
    answer = sign_in("editor").get("/desk/stories/" + query.format(section=section.pk))
    assert len(answer.context["object_list"]) == found


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_however_long(
    sign_in: SignIn, make_story: Make, django_assert_num_queries: Any, rows: int
) -> None:
    client = sign_in("editor")
    for _ in range(rows):
        make_story()
    client.get("/desk/stories/")
    with django_assert_num_queries(LIST_QUERIES):
        client.get("/desk/stories/")


LIST_QUERIES = 12


def test_changed_names_empty_the_gate(sign_in: SignIn) -> None:
    client = sign_in("editor")
    client.post("/desk/topics/add/", {"name": "Ferries", "slug": "ferries", "summary": ""})
    assert OutboxRow.objects.get().event == "broadsheet.apps.newsroom.events:NamesChanged"


def test_a_section_may_not_take_an_address_of_the_site(sign_in: SignIn) -> None:
    answer = sign_in("operator").post(
        "/desk/sections/add/",
        {"name": "Desk", "slug": "desk", "position": "1", "standfirst": ""},
    )
    assert answer.context["form"].errors == {
        "slug": ["The address /desk/ belongs to the site itself. Choose another one."]
    }
    assert Section.objects.count() == 0


def test_choosers_search_by_words(sign_in: SignIn) -> None:
    Author.objects.create(name="Rehan Sabri", slug="r", role="Port correspondent")
    Author.objects.create(name="Zoya Mistral", slug="z", role="Water")
    answer = sign_in("editor").get("/desk/snippets/choose/newsroom/author/results/?q=port+sabri")
    assert b"Rehan Sabri" in answer.content
    assert b"Zoya Mistral" not in answer.content


def test_the_list_says_where_each_story_stands(
    sign_in: SignIn, make_story: Make, section: Section
) -> None:
    client = sign_in("editor")
    make_story(headline="Out", access="free")
    client.post("/desk/stories/add/", written(section, headline="Begun"))
    client.post("/desk/stories/add/", written(section, headline="Asked") | {"action-submit": "1"})
    due = timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%d %H:%M")
    form = written(section, headline="Due", go_live_at=due)
    client.post("/desk/stories/add/", form | {"action-publish": "1"})
    changed = make_story(headline="Changed")
    client.post(f"/desk/stories/edit/{changed.pk}/", written(section))
    dead = make_story(headline="Dead")
    client.post(f"/desk/stories/unpublish/{dead.pk}/", {"note": "It was wrong."})

    rows = client.get("/desk/stories/").context["object_list"]

    assert {story.headline: say_status(story) for story in rows} == {
        "Out": "Published",
        "Begun": "Draft",
        "Asked": "In review",
        "Due": "Scheduled",
        "Changed": "Published, draft waiting",
        "Dead": "Killed",
    }


def test_a_draft_is_thrown_away_and_a_published_story_is_not(
    sign_in: SignIn, make_story: Make
) -> None:
    client = sign_in("editor")
    draft, live = make_story(live=False), make_story()
    assert client.post(f"/desk/stories/delete/{live.pk}/")["Location"] == "/desk/"
    assert client.post(f"/desk/stories/delete/{draft.pk}/")["Location"] == "/desk/stories/"
    assert list(Story.objects.all()) == [live]
    assert f"/desk/stories/delete/{live.pk}/" not in client.get("/desk/stories/").content.decode()


def test_the_editor_offers_to_withdraw_what_readers_see(sign_in: SignIn, make_story: Make) -> None:
    client = sign_in("editor")
    live, draft = make_story(), make_story(live=False)
    page = client.get(f"/desk/stories/edit/{live.pk}/").content.decode()
    assert f'href="/desk/stories/unpublish/{live.pk}/"' in page
    assert "Withdraw" in page
    assert "Unpublish" not in page
    assert "Withdraw" not in client.get(f"/desk/stories/edit/{draft.pk}/").content.decode()
