"""A subscriber gives a story from the account, sees what became of it, and takes it back."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from broadsheet.apps.meter.actions.lending import give_story, open_link
from broadsheet.apps.meter.models import Link

pytestmark = [pytest.mark.db, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def giver(sale: Any, client: Client) -> Any:
    """A signed-in reader whose plan gives away five stories a month."""
    sale.subscribe(now())
    client.force_login(sale.reader.user, backend=BACKEND)
    return sale.reader


@pytest.fixture
def give(giver: Any) -> Any:
    def give(story: Any) -> Link:
        return give_story(reader_id=giver.pk, story_id=story.pk, shown_as="Meenal", now=now())

    return give


def test_a_story_is_given_by_its_number(client: Client, giver: Any, write: Any) -> None:
    story = write()
    page = text_of(client.get(f"/account/gifts/?story={story.pk}"))
    assert story.headline in page
    assert "5 of 5 are left" in re.sub(r"<[^>]+>", "", page)
    answer = client.post("/account/gifts/", {"story": story.pk, "name": "Meenal K."})
    link = Link.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/account/gifts/?given={link.pk}")
    assert (link.giver, link.story, link.shown_as) == (giver, story, "Meenal K.")
    page = text_of(client.get(answer["Location"]))
    assert re.search(r'value="http://[^"/]+/gift/g-[0-9a-z-]+/"', page)
    assert "They see that Meenal K. gives it." in page
    assert "Opened on 0 of 10 devices" in page


@pytest.mark.usefixtures("giver")
def test_a_story_is_given_by_its_address(client: Client, write: Any, settings: Any) -> None:
    story = write()
    for said in (
        story.get_absolute_url(),
        f"  {settings.PLANT.origin}{story.get_absolute_url()}?utm=x#top ",
        f"/old/other-slug-{story.pk}",
    ):
        answer = client.post("/account/gifts/", {"story": said, "name": ""})
        assert answer.status_code == 303, said
    assert Link.objects.count() == 1


@pytest.mark.usefixtures("giver")
@pytest.mark.parametrize(
    "said", ["", "999999", "https://evil.example/city/water-1-{pk}/", "http://[", "9" * 400, "x"]
)
def test_what_is_no_story_of_ours_gives_nothing(client: Client, write: Any, said: str) -> None:
    story = write()
    answer = client.post("/account/gifts/", {"story": said.format(pk=story.pk), "name": "M"})
    assert answer.status_code == 200
    assert ("There is no such story of ours" in text_of(answer)) is bool(said)
    assert Link.objects.count() == 0


@pytest.mark.usefixtures("giver")
@pytest.mark.parametrize(
    ("access", "words"),
    [("free", "free for everybody"), ("premium", "Premium stories cannot be given")],
)
def test_what_cannot_be_given_is_refused(
    client: Client, write: Any, access: str, words: str
) -> None:
    answer = client.post("/account/gifts/", {"story": write(access=access).pk, "name": "M"})
    assert (answer.status_code, words in text_of(answer)) == (200, True)
    assert Link.objects.count() == 0


def test_the_sixth_of_a_month_is_refused(client: Client, give: Any, write: Any) -> None:
    stories = [write(number) for number in range(6)]
    for story in stories[:5]:
        give(story)
    answer = client.post("/account/gifts/", {"story": stories[5].pk, "name": "M"})
    assert "You have given all the stories of this month." in text_of(answer)
    assert Link.objects.count() == 5
    again = client.post("/account/gifts/", {"story": stories[0].pk, "name": "Meenal"})
    assert again.status_code == 303
    assert Link.objects.count() == 5


@pytest.mark.usefixtures("giver")
def test_a_wrong_name_stands_beside_its_field(client: Client, write: Any) -> None:
    answer = client.post("/account/gifts/", {"story": write().pk, "name": "<b>x</b>"})
    assert "Use letters and spaces only" in text_of(answer)
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.content.decode()
    assert Link.objects.count() == 0


def test_a_gift_is_taken_back(client: Client, give: Any, write: Any) -> None:
    link = give(write())
    open_link(link_id=link.pk, device_id="a" * 32, now=now())
    answer = client.post(f"/account/gifts/{link.pk}/revoke/")
    assert (answer.status_code, answer["Location"]) == (303, "/account/gifts/")
    page = text_of(client.get("/account/gifts/"))
    assert "The link opens nothing any more." in page
    assert "Opened on 1 of 10 devices. Taken back" in page
    assert "/revoke/" not in page
    link.refresh_from_db()
    assert link.revoked_at is not None


def test_nobody_else_sees_or_takes_back(client: Client, give: Any, write: Any) -> None:
    from tests.factories.sale import make_reader

    link = give(write())
    other = make_reader("arjun@example.org")
    client.force_login(other.user, backend=BACKEND)
    page = text_of(client.get(f"/account/gifts/?given={link.pk}"))
    assert "/gift/" not in page
    client.post(f"/account/gifts/{link.pk}/revoke/")
    assert "There is no such gift of yours." in text_of(client.get("/account/gifts/"))
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_reader_without_a_subscription_is_shown_the_plans(client: Client, write: Any) -> None:
    from tests.factories.sale import make_reader

    client.force_login(make_reader().user, backend=BACKEND)
    page = text_of(client.get("/account/gifts/"))
    assert "Subscribers may give stories away" in page
    assert "<form class=" not in page.partition("<main")[2].partition("</main>")[0]
    client.post("/account/gifts/", {"story": write().pk, "name": "M"})
    assert Link.objects.count() == 0


def test_nobody_gives_without_signing_in(client: Client) -> None:
    assert client.get("/account/gifts/?story=1")["Location"] == (
        "/account/login/?next=/account/gifts/%3Fstory%3D1"
    )
    assert client.post("/account/gifts/1/revoke/")["Location"] == (
        "/account/login/?next=/account/gifts/1/revoke/"
    )


def test_a_form_from_elsewhere_gives_nothing(giver: Any, write: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(giver.user, backend=BACKEND)
    answer = strict.post("/account/gifts/", {"story": write().pk, "name": "M"})
    assert (answer.status_code, Link.objects.count()) == (403, 0)


def test_a_locked_story_offers_to_be_given(write: Any, as_gate: Any) -> None:
    metered, free, premium = (write(access=a) for a in ("metered", "free", "premium"))
    offer = 'href="/account/gifts/?story={}"'
    assert offer.format(metered.pk) in text_of(as_gate(metered.get_absolute_url()))
    for other in (free, premium):
        assert "/account/gifts/" not in text_of(as_gate(other.get_absolute_url()))
