from __future__ import annotations

import pytest

from broadsheet.demo.paper import lay_out_paper
from broadsheet.plumbing.paper import parse_paper, read_paper

pytestmark = pytest.mark.pure


def test_the_demo_is_the_lantern_with_room_for_whoever_tries_it(tmp_path):
    lay_out_paper(tmp_path)
    paper = read_paper(tmp_path / "broadsheet.toml")
    assert (paper.readers_at_once, paper.new_readers_per_network_per_day) == (50, 1_000)
    assert paper.name == parse_paper({}).name
    assert (paper.legal_name, paper.tax_number) == ("Lantern Newspapers Limited", "32ZZZCL1997L1ZG")


def test_a_settings_file_that_is_there_stands(tmp_path):
    (tmp_path / "broadsheet.toml").write_text('name = "The Lamp"\n')
    lay_out_paper(tmp_path)
    assert (tmp_path / "broadsheet.toml").read_text() == 'name = "The Lamp"\n'
