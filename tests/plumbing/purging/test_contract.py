"""Which CDN there is."""

from __future__ import annotations

import sys
import types
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from broadsheet.plumbing.paper import WrongSetting
from broadsheet.plumbing.plant import read_plant
from broadsheet.plumbing.purging import contract
from broadsheet.plumbing.purging.contract import Answer, Outcome, find_cdn

pytestmark = pytest.mark.pure


class TheirCdn:
    """Somebody else's, as a plug-in brings it."""

    most = 5
    by_address = False

    def __init__(self, plant: Any) -> None:
        self.place = plant.cdn_id

    def purge(self, keys: Sequence[str], urls: Sequence[str]) -> Answer:
        return Answer(Outcome.SENT, says=f"{self.place}: {keys}{urls}")

    def write_tags(self, keys: Sequence[str]) -> tuple[str, str]:
        return "xkey", " ".join(keys)


@pytest.fixture
def _plug_in(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("their_cdn")
    module.open_cdn = TheirCdn  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "their_cdn", module)
    point = EntryPoint("their", "their_cdn:open_cdn", contract.GROUP)
    monkeypatch.setattr(contract, "entry_points", lambda group: [point] * (group == point.group))


def test_unless_told_there_is_none(settings: Any) -> None:
    assert find_cdn(settings.PLANT) is None


@pytest.mark.usefixtures("_plug_in")
def test_a_plug_in_is_found_by_its_name(settings: Any) -> None:
    cdn = find_cdn(replace(settings.PLANT, cdn="their", cdn_id="edge-1"))
    assert cdn is not None
    assert cdn.purge(["all"], []) == Answer(Outcome.SENT, "edge-1: ['all'][]")
    assert cdn.write_tags(["all", "story:1"]) == ("xkey", "all story:1")


@pytest.mark.usefixtures("_plug_in")
def test_a_name_that_nobody_has_is_refused_with_those_there_are(settings: Any) -> None:
    with pytest.raises(WrongSetting, match="'fasty'; there are: cloudflare, fastly, their"):
        find_cdn(replace(settings.PLANT, cdn="fasty"))


@pytest.mark.parametrize("name", ["cloudflare", "fastly"])
@pytest.mark.parametrize("missing", ["BROADSHEET_CDN_ID", "BROADSHEET_CDN_TOKEN"])
def test_a_company_needs_a_place_and_a_token(tmp_path: Any, name: str, missing: str) -> None:
    environ = {
        "BROADSHEET_HOME": str(tmp_path),
        "BROADSHEET_CDN": name,
        "BROADSHEET_CDN_ID": "place",
        "BROADSHEET_CDN_TOKEN": "a-token",
    }
    plant = read_plant(environ)
    assert find_cdn(plant) is not None
    assert "a-token" not in repr(plant)
    del environ[missing]
    with pytest.raises(WrongSetting, match="BROADSHEET_CDN_ID and BROADSHEET_CDN_TOKEN"):
        read_plant(environ)


def test_pages_are_purged_by_keys_or_by_addresses(tmp_path: Any) -> None:
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_CDN_BY": "urls"}
    with pytest.raises(WrongSetting, match="'urls'; write keys or addresses"):
        read_plant(environ)


@pytest.mark.parametrize("name", ["cloudflare", "fastly"])
def test_no_adapter_tells_its_token(settings: Any, name: str) -> None:
    plant = replace(settings.PLANT, cdn=name, cdn_id="place", cdn_token="a-token")
    assert "a-token" not in repr(find_cdn(plant))
