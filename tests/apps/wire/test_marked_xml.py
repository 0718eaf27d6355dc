"""XML is parsed without trusting it."""

from __future__ import annotations

import io
import itertools

import pytest

from broadsheet.apps.wire.contract import LARGEST_ITEM, CannotRead
from broadsheet.apps.wire.marked_xml import find, local, parse_xml, read_large, text_of, to_html

pytestmark = pytest.mark.pure
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&l9;</a>"
)
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (LAUGHS, "it declares entities of its own"),
        (OUTSIDE, "it declares entities of its own"),
        (b"<a>&nitf;</a>", "it uses an entity that nobody defines: &nitf;"),
        (b"<a><b></a>", "its XML is broken: "),
        (b"", "its XML is broken: "),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "its XML "),
    ],
)
def test_hostile_and_broken_documents_are_refused(written: bytes, reason: str) -> None:
    with pytest.raises(CannotRead, match=reason):
        parse_xml(written)


def test_a_doctype_alone_is_harmless_and_never_fetched() -> None:
    root = parse_xml(b'<!DOCTYPE nitf SYSTEM "http://127.0.0.1:9/nitf.dtd"><nitf>a</nitf>')
    assert (local(root), text_of(root)) == ("nitf", "a")


@pytest.mark.parametrize(
    ("declared", "written_in"),
    [
        ("UTF-8", "utf-8"),
        ("ISO-8859-1", "iso-8859-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ("UTF-8", "cp1252"),
        ("", "cp1252"),
        ("UTF-16", "utf-16"),
    ],
)
def test_encodings_survive(declared: str, written_in: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert text_of(parse_xml(f"{head}<a>é ä ñ</a>".encode(written_in))) == "é ä ñ"


def test_control_bytes_are_taken_out() -> None:
    assert text_of(parse_xml(b"<a>one\x02 two\x1f</a>")) == "one two"


def test_nitf_becomes_html() -> None:
    root = parse_xml(
        b"<body.content><hl2>Head</hl2><p>One <em>two</em> <person>Asha</person> &amp; "
        b'<a href="http://a.example/?a&amp;b">three</a></p><media><media-caption>no</media-caption>'
        b"</media> tail<block><p>Four</p></block><ul><li>Five<br/>Six</li></ul></body.content>"
    )
    assert to_html(root) == (
        '<h2>Head</h2><p>One <em>two</em> Asha &amp; <a href="http://a.example/?a&amp;b">three</a>'
        "</p> tail<div><p>Four</p></div><ul><li>Five<br>Six</li></ul>"
    )


def test_find_goes_by_local_names() -> None:
    root = parse_xml(b'<a xmlns="urn:x"><b><c>1</c></b></a>')
    assert text_of(find(root, "b", "c")) == "1"
    assert (find(root, "b", "d"), text_of(find(root, "x", "y"))) == (None, "")


def test_a_large_message_is_read_item_by_item() -> None:
    item = b"<newsItem><p>" + b"x" * 1_000_000 + b"</p></newsItem>"
    stream = io.BytesIO(b"<m><itemSet>" + item * 20 + b"</itemSet></m>")
    sizes = [len(text_of(element)) for element in read_large(stream, {"newsItem"})]
    assert sizes == [1_000_000] * 20


def test_a_large_message_with_one_item_too_large_stops_there() -> None:
    small = b"<newsItem>a</newsItem>"
    stream = io.BytesIO(
        b"<m>" + small + b"<newsItem>" + b"x" * (LARGEST_ITEM * 2) + b"</newsItem></m>"
    )
    items = read_large(stream, {"newsItem"})
    assert [text_of(one) for one in itertools.islice(items, 1)] == ["a"]
    with pytest.raises(CannotRead, match="an item is larger than 5 MB"):
        next(items)


def test_a_large_message_that_breaks_is_said() -> None:
    items = read_large(io.BytesIO(b"<m><newsItem>a</newsItem><b></m>"), {"newsItem"})
    with pytest.raises(CannotRead, match="its XML is broken"):
        list(items)
