"""What must hold before the newsroom opens."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLPattern, get_resolver

from broadsheet.apps.newsroom.checks import check_picture_model, check_section_addresses
from broadsheet.apps.newsroom.models import Section
from broadsheet.apps.newsroom.models.places import SECTION_ADDRESS
from broadsheet.protocol.addresses import RESERVED

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_pictures_are_kept_in_our_own_table(settings: Any) -> None:
    assert check_picture_model() == []
    settings.WAGTAILIMAGES_IMAGE_MODEL = "wagtailimages.Image"
    assert [error.id for error in check_picture_model()] == ["newsroom.E001"]


def test_a_section_on_an_address_the_site_has_come_to_need_is_told() -> None:
    Section.objects.create(name="City", slug="city")
    assert check_section_addresses() == []
    Section.objects.create(name="Search", slug="search")
    assert [(error.id, error.msg) for error in check_section_addresses()] == [
        ("newsroom.E002", "The section “Search” stands at /search/, which belongs to the site.")
    ]


def test_every_first_word_of_the_sites_addresses_is_reserved() -> None:
    firsts = set()
    for pattern in _leaves(get_resolver().url_patterns):
        first = pattern.lstrip("^").split("/")[0]
        if SECTION_ADDRESS.fullmatch(first):
            firsts.add(first)
    assert {"desk", "search", "account", "subscribe", "topic"} < firsts
    assert firsts - RESERVED == set()


def _leaves(patterns: list[Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        whole = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            found.append(whole)
        else:
            found += _leaves(pattern.url_patterns, whole)
    return found
