"""What Django tells every gate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.protocol import feed
from broadsheet.protocol.rendition import Unreadable

pytestmark = pytest.mark.pure


@given(st.lists(st.text()))
def test_a_purge_comes_back_as_it_was_written_and_is_one_line(keys):
    line = feed.write_purge(keys)
    assert feed.read_purge(line) == feed.read_purge(line.encode()) == keys
    assert "\n" not in line


def test_a_message_carries_its_number():
    assert feed.read_message(b'17 {"purge":["story:1"]}') == (17, ["story:1"])
    assert feed.read_message(f"18 {feed.NEW_SNAPSHOT}".encode()) == (18, None)


@pytest.mark.parametrize("told", [b"", b"17", b'x {"purge":[]}', b'17 {"purge":1}', b"17 [\xff]"])
def test_what_is_no_message_is_refused(told):
    with pytest.raises(Unreadable):
        feed.read_message(told)


def test_each_database_has_a_channel_of_its_own():
    assert (feed.name_channel(0), feed.name_channel(3)) == ("bs:feed:0", "bs:feed:3")
