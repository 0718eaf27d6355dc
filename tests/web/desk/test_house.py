"""House pages and pictures, which Wagtail writes itself, are told to the gate."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image
from wagtail.test.utils.form_data import nested_form_data, rich_text

from broadsheet.apps.newsroom.actions import ensure_house_page, import_picture
from broadsheet.apps.newsroom.models import HousePage, PictureKind
from broadsheet.plumbing.models import OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
SignIn = Callable[[str], Client]


def _told() -> list[dict[str, object]]:
    return list(OutboxRow.objects.order_by("pk").values_list("payload", flat=True))


def test_an_editor_rewrites_a_house_page(sign_in: SignIn) -> None:
    page = ensure_house_page(slug="terms", title="Terms", body="<p>Old words.</p>")
    OutboxRow.objects.all().delete()
    client = sign_in("editor")
    assert [row.pk for row in client.get("/desk/house-pages/").context["object_list"]] == [page.pk]
    preview = client.get(f"/desk/pages/{page.pk}/view_draft/")
    assert b"Old words." in preview.content
    form = nested_form_data(
        {
            "title": "Terms",
            "standfirst": "",
            "body": rich_text("<p>New words.</p>"),
            "picture": "",
            "slug": "terms",
            "action-publish": "1",
            "comments": {
                "TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": "",
            },
        }
    )  # fmt: skip

    client.post(f"/desk/pages/{page.pk}/edit/", form)

    assert "New words." in HousePage.objects.get().body
    assert _told() == [{"kind": "housepage", "key": page.pk}]
    assert HousePage.objects.get().get_url() == "/terms/"


def test_a_picture_with_a_new_credit_is_told(tmp_path: object) -> None:
    path = tmp_path / "x.png"  # type: ignore[operator]
    Image.new("RGB", (8, 8)).save(path)
    picture = import_picture(title="x", original=path, kind=PictureKind.PHOTOGRAPH)
    assert _told() == []
    picture.credit = "Photograph: Asha Rao"
    picture.save()
    assert _told() == [{"kind": "picture", "key": picture.pk}]
