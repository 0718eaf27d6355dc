from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.story import AccessClass, Origin
from broadsheet.protocol.rendition import RenditionRequest, StoryFacts, Unreadable, story_key

pytestmark = pytest.mark.pure

FACTS = StoryFacts(
    id=12,
    version=3,
    access=AccessClass.METERED,
    origin=Origin.EDITED_WIRE,
    section="city",
    url="/city/night-ferries-12/",
    topics=("ferries",),
    authors=("rehan-sabri",),
    published_at="2026-11-22T06:30:00+05:30",
)


@given(
    st.builds(
        RenditionRequest,
        outcome=st.sampled_from(["full", "preview"]),
        wall=st.sampled_from(["", "limit", "registration", "premium"]),
        policy=st.text(max_size=8),
        limit=st.integers(0, 100),
        window=st.text(max_size=10),
        resets_on=st.none() | st.dates(),
        code=st.text(max_size=12),
        language=st.text(max_size=5),
        advertising=st.booleans(),
        message_version=st.text(max_size=8),
    )
)
def test_a_request_survives_the_way(request):
    assert RenditionRequest.decode(request.encode()) == request


def test_facts_survive_the_way_and_fit_a_header():
    assert StoryFacts.decode(FACTS.encode()) == FACTS
    assert FACTS.encode().isascii()
    assert "\n" not in FACTS.encode()


def test_a_message_of_the_next_version_may_say_more():
    assert RenditionRequest.decode('{"v":2,"outcome":"full","mood":"good"}') == RenditionRequest(
        outcome="full"
    )
    assert RenditionRequest.decode(
        '{"v":1,"outcome":"preview","wall":"limit","resets_on":"2026-12-01"}'
    ) == RenditionRequest(outcome="preview", wall="limit", resets_on=date(2026, 12, 1))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "7", '{"wall":"limit"}'])
def test_what_is_not_a_request_is_refused(text):
    with pytest.raises(Unreadable):
        RenditionRequest.decode(text)


@pytest.mark.parametrize("text", ["null", "{}", '{"id":1,"version":1}'])
def test_what_is_not_facts_is_refused(text):
    with pytest.raises(Unreadable):
        StoryFacts.decode(text)


@pytest.mark.parametrize("name", ["access", "origin"])
def test_unknown_words_are_refused(name):
    text = FACTS.encode().replace(f'"{name}":"{getattr(FACTS, name)}"', f'"{name}":"odd"')
    with pytest.raises(Unreadable):
        StoryFacts.decode(text)


def test_the_purge_key_names_the_story():
    assert story_key(12) == "story:12"
