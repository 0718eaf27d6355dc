"""A story's page, in the one variant that the gate asks for.

The bytes are the same for every reader of a variant: nothing here looks at cookies, the session
or the clock's day. Without the gate's request the page is the preview, with no numbers.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from broadsheet.apps.meter.queries.lending import may_lend_premium
from broadsheet.apps.newsroom import queries
from broadsheet.apps.newsroom.models import Story, StoryForm
from broadsheet.domain.lending import find_refusal
from broadsheet.domain.meter import Outcome, Wall
from broadsheet.domain.story import AccessClass, Origin
from broadsheet.protocol.rendition import (
    ENVIRON_KEY,
    FACTS_HEADER,
    RenditionRequest,
    StoryFacts,
    Unreadable,
)
from broadsheet.web.reader import errors
from broadsheet.web.reader.ads import find_story_ad
from broadsheet.web.reader.context import furniture
from broadsheet.web.reader.wall import build_wall

CLOSED = RenditionRequest(outcome=Outcome.PREVIEW, wall=Wall.LIMIT, advertising=False)
EVENTS = 5
AGENCIES = {Origin.WIRE, Origin.EDITED_WIRE}
AGENCIES_PAGE = "agencies"
RELATED = 3


@require_safe
def story(request: HttpRequest, section: str, slug: str, story_id: str) -> HttpResponse:
    """The story of this number, whatever its address was; 410 once killed."""
    found = queries.find_live_story(int(story_id))
    if found is None:
        killed = queries.find_killed_story(int(story_id))
        if killed is None:
            raise Http404
        return errors.gone(request, killed.kill_note)
    address = found.get_absolute_url()
    if request.path != address:
        return HttpResponsePermanentRedirect(address)
    wanted = read_wanted(request)
    with translation.override(_known_language(wanted.language)):
        response = render(request, "reader/story.html", story_context(found, wanted))
    response[FACTS_HEADER] = facts_of(found).encode()
    return response


def read_wanted(request: HttpRequest) -> RenditionRequest:
    """The gate's request; without one, or with one we cannot read, the closed door."""
    written = request.META.get(ENVIRON_KEY)
    if not isinstance(written, str):
        return CLOSED
    try:
        return RenditionRequest.decode(written)
    except Unreadable:
        return CLOSED


def story_context(
    found: Story, wanted: RenditionRequest, message: str | None = None
) -> dict[str, Any]:
    """Everything the story's template shows in this variant; ``message`` is ``build_wall``'s."""
    full = wanted.outcome == Outcome.FULL
    shown: dict[str, Any] = {
        "story": found,
        "page_language": found.language or None,
        "full": full,
        "locked": found.effective_access is not AccessClass.FREE,
        "may_give": full
        and find_refusal(found.effective_access, lend_premium=may_lend_premium()) is None,
        "sent_in": found.origin in {Origin.WIRE, Origin.EDITED_WIRE, Origin.SPONSORED},
        "disclaimer": queries.disclaimer_of(found),
        "agencies_page": _agencies_page(found),
        "columnist": _columnist(found),
        "feature": full and found.form == StoryForm.FEATURE and found.lead_picture is not None,
        "long": found.form in {StoryForm.FEATURE, StoryForm.INVESTIGATION},
    }
    if full:
        shown["blocks"] = list(found.body)
        shown["ad"] = find_story_ad() if wanted.advertising else None
        _add_rail(shown, found)
    else:
        preview = queries.preview_of(found)
        shown["blocks"] = preview.blocks
        shown["wall"] = build_wall(wanted, preview.words_left, message)
    return shown


def facts_of(found: Story) -> StoryFacts:
    """What the gate must know to decide."""
    return StoryFacts(
        id=found.pk,
        version=found.version,
        access=found.effective_access,
        origin=Origin(found.origin),
        section=found.section.slug,
        url=found.get_absolute_url(),
        topics=tuple(topic.slug for topic in found.topics.all()),
        authors=tuple(byline.author.slug for byline in found.bylines.all()),
        published_at=found.published_at.isoformat() if found.published_at else "",
    )


def _add_rail(shown: dict[str, Any], found: Story) -> None:
    related = queries.list_related(found, limit=RELATED * 2)
    own = [other for other in related if other.origin == Origin.STAFF]
    shown["related"] = (own if shown["sent_in"] else related)[:RELATED]
    shown["events"] = []
    if found.storyline is not None:
        events = queries.list_storyline_events(found.storyline)
        shown["events"] = events[:EVENTS]
        shown["event_count"] = len(events)


def _agencies_page(found: Story) -> Any:
    """Where the paper says how it uses agencies, if it does."""
    if found.origin not in AGENCIES:
        return None
    pages = furniture().house_pages
    return next((page for page in pages if page.slug == AGENCIES_PAGE), None)


def _columnist(found: Story) -> Any:
    """The writer whose face stands over an opinion, if the paper has drawn it."""
    if found.form != StoryForm.OPINION:
        return None
    for byline in found.bylines.all():
        if byline.author.portrait is not None:
            return byline.author
    return None


def _known_language(code: str) -> str:
    return code if translation.check_for_language(code) else translation.get_language() or "en-gb"
