"""What machines read of a story: never a word of its text."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.story import AccessClass, Origin
from broadsheet.web.reader.pictures import find_share_url

LOCKED_CLASS = "locked"
SENT_IN = frozenset({Origin.WIRE, Origin.EDITED_WIRE, Origin.SPONSORED})


def absolute(path: str) -> str:
    """``path`` under the paper's public address; a full address is left as it is."""
    return path if path.startswith(("http://", "https://")) else settings.PLANT.origin + path


def share_image(story: Story) -> str:
    if story.lead_picture is None:
        return absolute(static("reader/icon-512.png"))
    return absolute(find_share_url(story.lead_picture))


def story_json_ld(story: Story) -> SafeString:
    """``NewsArticle`` for a script element of JSON-LD."""
    free = story.effective_access is AccessClass.FREE
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "OpinionNewsArticle" if story.form in {"opinion", "editorial"} else "NewsArticle",
        "headline": story.headline,
        "description": story.standfirst,
        "url": absolute(story.get_absolute_url()),
        "mainEntityOfPage": absolute(story.get_absolute_url()),
        "inLanguage": story.language,
        "articleSection": story.section.name,
        "author": _authors(story),
        "publisher": {
            "@type": "NewsMediaOrganization",
            "name": settings.PAPER.name,
            "url": absolute("/"),
            "logo": {"@type": "ImageObject", "url": absolute(static("reader/icon-512.png"))},
        },
        "isAccessibleForFree": free,
    }
    if story.published_at:
        said["datePublished"] = story.published_at.isoformat()
        said["dateModified"] = (story.updated_at or story.published_at).isoformat()
    if story.lead_picture:
        said["image"] = [share_image(story)]
    if not free:
        said["hasPart"] = {
            "@type": "WebPageElement",
            "isAccessibleForFree": False,
            "cssSelector": f".{LOCKED_CLASS}",
        }
    return json_for_script(said)


def json_for_script(said: dict[str, Any]) -> SafeString:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(said, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(text)  # noqa: S308 — the signs that matter are escaped above


def _authors(story: Story) -> list[dict[str, str]]:
    if story.origin in SENT_IN and story.agency:
        return [{"@type": "Organization", "name": story.agency}]
    people = [byline.author for byline in story.bylines.all()]
    if not people:
        return [{"@type": "Organization", "name": settings.PAPER.name}]
    return [
        {"@type": "Person", "name": who.name, "url": absolute(who.get_absolute_url())}
        for who in people
    ]
