"""CSV as spreadsheets and databases write it."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest

from broadsheet.apps.wire.contract import Item, LacksColumns, Reading
from broadsheet.apps.wire.formats.csv.read import read_items

pytestmark = pytest.mark.pure


def read(text: str) -> list[Item]:
    stream = io.BytesIO(text.encode())
    return list(read_items(Reading(stream, "x.csv", "x", ZoneInfo("UTC"))))


def told(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.place, item.copy.headline if item.copy else item.reason) for item in items]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(separator: str) -> None:
    rows = [["id", "title", "body"], ["1", "Cranes", "Text."]]
    assert told(read("\r\n".join(separator.join(row) for row in rows))) == [("2", "Cranes")]


def test_places_are_lines() -> None:
    text = 'id,title,body\n1,One,"a\n\nb"\n\n2,Two,c\n3,,d\n4,Four,e,f\n5,Five\n6,Six,g,,\n'
    assert told(read(text)) == [
        ("2", "One"),
        ("6", "Two"),
        ("7", "it has no headline"),
        ("8", "it has 4 fields under 3 names"),
        ("9", "it has no text"),
        ("10", "Six"),
    ]


def test_a_quotation_mark_that_is_never_closed_ends_with_the_file() -> None:
    items = read('id,title,body\n1,One,a\n2,"Two,b\n3,Three,c\n')
    assert told(items)[0] == ("2", "One")
    assert [item.copy for item in items[1:]] == [None] * len(items[1:])


def test_a_quotation_mark_that_swallows_too_much_is_said() -> None:
    rows = "".join(f"{n},T{n},{'x' * 90_000}\n" for n in range(120))
    items = read(f'id,title,body\n1,One,a\n2,"Two,b\n{rows}9,"Nine","z"\n')
    assert told(items)[0] == ("2", "One")
    assert told(items)[1][0] == "3"
    assert told(items)[1][1].startswith("a quotation mark opens here and is not closed before line")
    assert any(item.copy is not None for item in items[2:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title,date\n", "id \\(or guid, external_id, uid, uuid\\); body \\(or content"),
        ("1,Cranes,Text\n", "id \\(or guid"),
    ],
)
def test_missing_columns_are_named(text: str, said: str) -> None:
    with pytest.raises(LacksColumns, match=said):
        read(text)


def test_an_empty_file_is_said() -> None:
    assert told(read("")) == [("", "it has no first row that names its columns")]
