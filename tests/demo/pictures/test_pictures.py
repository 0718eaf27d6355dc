"""The two-ink pictures: repeatable, in their own inks only, and all there."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from broadsheet.demo.pictures import cuts, screen
from broadsheet.demo.pictures.__main__ import main
from broadsheet.demo.pictures.gallery import SCENES
from broadsheet.demo.pictures.portfolio import INDEX, MADE, find_print, list_prints, print_of
from broadsheet.demo.pictures.press import encode, proof, svg

pytestmark = pytest.mark.pure
PLAIN = {screen.PAPER, screen.INDIGO, screen.MARIGOLD}


def _colours(image: Image.Image) -> set[tuple[int, int, int]]:
    return {colour for _, colour in image.convert("RGB").getcolors()}


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_a_print_is_the_same_bytes_every_time(suffix):
    first, second = (encode(proof(SCENES["tea"], cuts.THUMB), suffix) for _ in range(2))
    assert first == second


def test_the_two_encodings_hold_the_same_pixels(tmp_path):
    image = proof(SCENES["lane"], cuts.THUMB)
    for suffix in ("png", "webp"):
        (tmp_path / f"lane.{suffix}").write_bytes(encode(image, suffix))
    png, webp = (
        Image.open(tmp_path / f"lane.{suffix}").convert("RGB") for suffix in ("png", "webp")
    )
    assert png.tobytes() == webp.tobytes()


def test_a_dense_print_holds_paper_two_inks_and_their_overprint_only():
    overprint = screen.palette(2)[3]
    assert _colours(proof(SCENES["tea"], cuts.COLUMN.at(2))) == {*PLAIN, overprint}


def test_a_plain_print_holds_four_strengths_of_each_ink_at_most():
    allowed = set(screen.palette(4))
    assert len(allowed) == 16
    assert allowed > PLAIN
    assert _colours(proof(SCENES["tea"], cuts.COLUMN)) <= allowed


def test_an_old_print_is_black_only():
    allowed = set(screen.palette(4, screen.BLACK)[::4])
    assert _colours(proof(SCENES["sail"], cuts.COLUMN)) <= allowed


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_flat_shapes(name):
    drawing = svg(SCENES[name], SCENES[name].cuts[0])
    for word in ("Gradient", "filter", "<image", "url(", "NaN", "nan", "j "):
        assert word not in drawing


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_fills_its_sheet_with_shapes_inside_reach(name):
    assert len(SCENES[name].markup) > 2_000


def test_the_index_lists_every_scene_at_every_cut():
    index = json.loads((MADE / INDEX).read_text(encoding="utf-8"))
    assert list(index) == list(SCENES)
    for name, scene in SCENES.items():
        assert list_prints(name) == [print_of(scene, cut) for cut in scene.cuts]


@pytest.mark.parametrize("name", SCENES)
def test_every_print_in_the_index_has_the_stated_pixels(name):
    for entry in list_prints(name):
        with Image.open(MADE / entry.file) as image:
            assert image.size == (entry.width, entry.height)


def test_nothing_else_lies_among_the_prints():
    listed = {entry.file for name in SCENES for entry in list_prints(name)}
    assert {path.name for path in MADE.iterdir()} == {*listed, INDEX}


def test_a_print_is_found_by_cut_and_density():
    assert find_print("ferry", "lead").file == "ferry-640x440.png"
    assert find_print("ferry", "lead", density=2).file == "ferry-1280x880.webp"
    assert find_print("ferry", "portrait") is None


def test_check_agrees_with_a_fresh_print_and_sees_a_changed_one(tmp_path, capsys):
    assert main(["--only", "p1", "--out", str(tmp_path)]) == 0
    assert main(["--only", "p1", "--out", str(tmp_path), "--check"]) == 0
    changed = tmp_path / print_of(SCENES["p1"], SCENES["p1"].cuts[0]).file
    Image.new("RGB", (112, 112)).save(changed)
    assert main(["--only", "p1", "--out", str(tmp_path), "--check"]) == 1
    assert f"differs: {changed.name}" in capsys.readouterr().err
