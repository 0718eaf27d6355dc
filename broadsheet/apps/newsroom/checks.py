"""What must hold before the newsroom opens."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connection

from broadsheet.apps.newsroom.models import Section
from broadsheet.protocol.addresses import RESERVED


@register(Tags.models)
def check_picture_model(**_: Any) -> list[CheckMessage]:
    """Wagtail must keep pictures in our own table."""
    if settings.WAGTAILIMAGES_IMAGE_MODEL == "newsroom.Picture":
        return []
    return [Error("WAGTAILIMAGES_IMAGE_MODEL must be 'newsroom.Picture'.", id="newsroom.E001")]


@register(Tags.database)
def check_section_addresses(**_: Any) -> list[CheckMessage]:
    """No section may stand on an address that the site has come to need since."""
    try:
        if Section._meta.db_table not in connection.introspection.table_names():
            return []
        taken = list(Section.objects.filter(slug__in=RESERVED).order_by("slug"))
    except DatabaseError:
        return []
    return [
        Error(
            f"The section “{section.name}” stands at /{section.slug}/, which belongs to the site.",
            hint="Give it another address at the desk, under Sections.",
            id="newsroom.E002",
        )
        for section in taken
    ]
