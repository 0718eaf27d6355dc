"""An ISSN is read and checked."""

from __future__ import annotations

import pytest

from broadsheet.domain.issn import NotIssn, read_issn

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "said"),
    [("0378-5955", "0378-5955"), (" 03785955 ", "0378-5955"), ("2434-561x", "2434-561X")],
)
def test_it_is_written_with_a_hyphen(text, said):
    assert read_issn(text) == said


@pytest.mark.parametrize("text", ["", "0378-5956", "378-5955", "0378-595X", "abcd-efgh"])
def test_a_miscopied_one_is_refused(text):
    with pytest.raises(NotIssn):
        read_issn(text)
