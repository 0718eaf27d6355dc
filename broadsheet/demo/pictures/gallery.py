"""The register of scenes: every name a story may ask for, with its crop."""

from __future__ import annotations

from broadsheet.demo.pictures.scene import Scene
from broadsheet.demo.pictures.scenes import city, country, faces, field, sea, shore, table, works

PORTRAIT_SHEET = (400.0, 400.0)

SCENES: dict[str, Scene] = {
    scene.name: scene
    for scene in (
        Scene("ferry", sea.ferry, (560, 440), seed=11),
        Scene("tanks", city.tanks, (600, 520), seed=23),
        Scene("steel", works.steel, (640, 400), seed=31),
        Scene("telescope", country.telescope, (640, 440), seed=17),
        Scene("cricket", field.cricket, (600, 500), seed=41),
        Scene("salt", shore.salt, (620, 330), seed=5),
        Scene("cranes", shore.cranes, (640, 480), seed=77),
        Scene("cyclone", sea.cyclone, (600, 400), seed=9),
        Scene("loom", works.loom, (640, 420), seed=3),
        Scene("tea", table.tea, (600, 470)),
        Scene("lane", city.lane, (600, 480), closeness=1.8, seed=6),
        Scene("wave", sea.wave, (600, 400), seed=14, black=True),
        Scene("p1", faces.p1, (200, 200), sheet=PORTRAIT_SHEET),
        Scene("p2", faces.p2, (200, 200), sheet=PORTRAIT_SHEET),
        Scene("p3", faces.p3, (200, 200), sheet=PORTRAIT_SHEET),
        Scene("p4", faces.p4, (200, 200), sheet=PORTRAIT_SHEET),
    )
}
