"""What every wire format must keep, whoever adds one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from broadsheet.apps.wire.contract import (
    LARGEST_ITEM,
    CannotRead,
    Format,
    Head,
    Item,
    LacksColumns,
    Reading,
)
from broadsheet.apps.wire.files import open_source, read_head, walk_sources
from broadsheet.apps.wire.formats import BY_NAME, TABLE, detect
from broadsheet.domain.wire_copy import Pubstatus

pytestmark = pytest.mark.pure
HEADLINE = "Cranes “to be repaired” — at ₹4 crore"
FIRST = "The harbour board voted on Tuesday to repair the three cranes at the old dock."
SECOND = "The work begins before the monsoon, at a cost that the treasurer put at ₹4 crore."
THIRD = "Two members voted against & said why: the port has lost a fifth of its trade, <and> more."
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
TEXT = f"{FIRST} {SECOND}\n\n{THIRD}"


def _jsonl() -> str:
    return (
        json.dumps(
            {"id": "1", "title": HEADLINE, "date": "2026-11-03", "body_text": TEXT},
            ensure_ascii=False,
        )
        + "\n"
    )


def _csv() -> str:
    return f'guid;Title;Date;Body Text\n1;{HEADLINE};2026-11-03;"{TEXT}"\n'


def _ninjs() -> str:
    body = f"<p>{FIRST} {SECOND}</p><p>{_xml(THIRD)}</p>"
    return json.dumps(
        {
            "uri": "urn:newsml:a.example:1:1",
            "type": "text",
            "versionCreated": "2026-11-03T00:00:00Z",
            "infoSources": [{"name": "Agency"}],
            "headlines": [{"role": "main", "value": HEADLINE}],
            "bodies": [{"role": "html", "contentType": "text/html", "value": body}],
        },
        ensure_ascii=False,
    )


def _newsml_g2() -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<newsItem xmlns="http://iptc.org/std/nar/2006-10-01/" guid="urn:newsml:a.example:1:1" version="1">
  <itemMeta><itemClass qcode="ninat:text"/><provider literal="Agency"/>
    <versionCreated>2026-11-03T00:00:00Z</versionCreated></itemMeta>
  <contentMeta><headline>{HEADLINE}</headline></contentMeta>
  <contentSet><inlineXML contenttype="application/xhtml+xml">
    <html xmlns="http://www.w3.org/1999/xhtml"><body>
      <p>{FIRST} {SECOND}</p><p>{_xml(THIRD)}</p><script>alert(1)</script>
    </body></html></inlineXML></contentSet>
</newsItem>"""


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


SAMPLES: dict[str, Callable[[], str]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "ninjs": _ninjs,
    "newsml-g2": _newsml_g2,
}
SUFFIX = {"jsonl": ".jsonl", "csv": ".csv", "ninjs": ".json", "newsml-g2": ".xml"}


def read(format_: Format, written: bytes) -> list[Item]:
    stream = io.BufferedReader(io.BytesIO(written))  # type: ignore[arg-type]
    try:
        return list(format_.read(Reading(stream, "file", "feed", ZoneInfo("UTC"))))
    except LacksColumns as error:
        return [Item("", reason=str(error))]


@pytest.fixture(params=TABLE, ids=lambda one: one.name)
def format_(request: pytest.FixtureRequest) -> Format:
    found: Format = request.param
    return found


@pytest.fixture
def sample(format_: Format) -> str:
    return SAMPLES[format_.name]()


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(BY_NAME)


def test_a_file_is_recognised_by_its_content(format_: Format, sample: str) -> None:
    for name in ("x", f"x{SUFFIX[format_.name]}"):
        head = Head(name, sample + (sample if format_.name == "jsonl" else ""))
        assert [one.name for one in TABLE if one.recognise(head)][:1] == [format_.name]
        assert detect(head) is format_


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_same_story_comes_from_every_format(
    format_: Format, sample: str, encoding: str
) -> None:
    if encoding.startswith("utf-16"):
        sample = sample.replace("UTF-8", "UTF-16")
    item = read(format_, sample.encode(encoding))[0]
    copy = item.copy
    assert (item.reason, copy is not None) == ("", True)
    assert copy is not None
    assert (copy.headline, copy.standfirst) == (HEADLINE, FIRST)
    assert copy.body == (("paragraph", SECOND), ("paragraph", _xml(THIRD)))
    assert copy.pubstatus is Pubstatus.USABLE
    assert copy.published_at is not None
    assert copy.published_at.isoformat() == "2026-11-03T00:00:00+00:00"
    assert copy.agency == ("Agency" if format_.from_agencies else "")


def test_what_an_old_machine_wrote_is_understood(format_: Format, sample: str) -> None:
    written = sample.replace("₹", "Rs ").encode("cp1252")
    copy = read(format_, written.replace(b'encoding="UTF-8"', b""))[0].copy
    assert copy is not None
    assert copy.headline == HEADLINE.replace("₹", "Rs ")


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"\0" * 4000,
        b"\xff\xfe\x00",
        bytes(range(256)) * 20,
        b"{",
        b"[" * 100_000,
        b"<a>" * 50_000,
    ],
    ids=["empty", "zeros", "half a mark", "noise", "brace", "deep json", "deep xml"],
)
def test_rubbish_is_set_aside_with_a_reason(format_: Format, written: bytes) -> None:
    items = read(format_, written)
    assert [item for item in items if item.copy is not None or not item.reason] == []


def test_a_file_cut_anywhere_never_breaks_the_import(format_: Format, sample: str) -> None:
    written = sample.encode()
    for end in range(0, len(written), 7):
        for item in read(format_, written[:end]):
            assert (item.copy is None) is bool(item.reason)


def test_an_item_that_is_too_large_is_refused(format_: Format, sample: str) -> None:
    swollen = sample.replace(SECOND, SECOND * (LARGEST_ITEM // len(SECOND) + 1))
    items = read(format_, swollen.encode())
    assert items
    assert [item.copy for item in items] == [None] * len(items)
    assert all(item.broken and item.reason for item in items)


# --- what agencies and archives really send --------------------------------------------------


def _real(format_: Format) -> Iterator[tuple[str, Item]]:
    for source in walk_sources([SHARED / "wires", SHARED / "archive" / "wikinews-en-2019-2020"]):
        with open_source(source) as stream:
            if detect(read_head(stream, source.bare_name)) is not format_:
                continue
            reading = Reading(stream, source.where, "feed", ZoneInfo("UTC"))
            for item in format_.read(reading):
                yield f"{source.path.relative_to(SHARED)}#{item.place}", item


@pytest.mark.skipif(not SHARED.exists(), reason="the material in ../shared/data is not here")
@pytest.mark.parametrize(("name", "least"), [("jsonl", 290), ("ninjs", 30), ("newsml-g2", 20)])
def test_real_material_is_read_or_refused_with_a_reason(name: str, least: int) -> None:
    read_well = 0
    for where, item in _real(BY_NAME[name]):
        assert (item.copy is None) is bool(item.reason), where
        assert "not put together" not in item.reason, (where, item.reason)
        if item.copy is not None and item.copy.pubstatus is not Pubstatus.CANCELED:
            read_well += 1
            assert item.copy.headline.strip(), where
            assert item.copy.body, where
            assert not any(
                "<script" in str(value) or "\x00" in str(value) for _kind, value in item.copy.body
            ), where
    assert read_well >= least


@pytest.mark.skipif(not SHARED.exists(), reason="the material in ../shared/data is not here")
def test_known_traps_are_named() -> None:
    found = {
        where: item.reason for where, item in _real(BY_NAME["ninjs"]) if "not JSON" in item.reason
    }
    assert sum(where.startswith("wires/iptc-ninjs/") for where in found) == 5, found


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    source = next(walk_sources([path]))
    path.unlink()
    with pytest.raises(CannotRead, match="the file cannot be read"), open_source(source):
        pass
