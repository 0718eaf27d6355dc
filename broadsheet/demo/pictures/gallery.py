"""The register of scenes: every name a story may ask for, with its crop."""

from __future__ import annotations

from broadsheet.demo.pictures.scene import Scene
from broadsheet.demo.pictures.scenes import (
    city,
    country,
    faces,
    field,
    hands,
    land,
    rooms,
    sea,
    shore,
    stage,
    state,
    table,
    transit,
    water,
    works,
)

PORTRAIT_SHEET = (400.0, 400.0)

SCENES: dict[str, Scene] = {
    scene.name: scene
    for scene in (
        Scene("ferry", sea.ferry, (560, 440), near=(520, 440), closeness=1.3, seed=11),
        Scene("tanks", city.tanks, (600, 520), seed=23),
        Scene("steel", works.steel, (640, 400), seed=31),
        Scene("telescope", country.telescope, (640, 440), near=(760, 470), closeness=1.7, seed=17),
        Scene("cricket", field.cricket, (600, 500), closeness=1.2, seed=41),
        Scene("salt", shore.salt, (620, 330), near=(640, 360), closeness=1.1, seed=5),
        Scene("cranes", shore.cranes, (640, 480), near=(640, 500), closeness=1.2, seed=77),
        Scene("cyclone", sea.cyclone, (600, 400), closeness=1.15, seed=9),
        Scene("loom", works.loom, (640, 420), seed=3),
        Scene("tea", table.tea, (600, 470)),
        Scene("lane", city.lane, (600, 480), closeness=1.8, seed=6),
        Scene("sail", sea.sail, (600, 400), seed=14, black=True),
        Scene("train", transit.train, (600, 470), near=(470, 470), closeness=1.15),
        Scene("bridge", transit.bridge, (600, 400), near=(560, 380), closeness=1.15, seed=19),
        Scene("bus", transit.bus, (560, 425), seed=29),
        Scene("pothole", transit.pothole, (600, 520), seed=37),
        Scene("library", rooms.library, (600, 460)),
        Scene("court", rooms.court, (620, 430), seed=13),
        Scene("parliament", rooms.parliament, (600, 430), near=(600, 460), closeness=1.5, seed=53),
        Scene("hospital", rooms.hospital, (560, 470), near=(460, 470)),
        Scene("film", stage.film, (600, 440), seed=61),
        Scene("theatre", stage.theatre, (600, 440), seed=67),
        Scene("tabla", stage.tabla, (570, 420), seed=71),
        Scene("flood-books", stage.flood_books, (600, 500), seed=73),
        Scene("rowers", water.rowers, (600, 410), near=(470, 480), closeness=1.25, seed=79),
        Scene("harbour", water.harbour, (600, 460), seed=83),
        Scene("whale", water.whale, (620, 460), near=(560, 460), closeness=1.15, seed=89),
        Scene("forest", water.forest, (620, 480), seed=97),
        Scene("river", water.river, (610, 430)),
        Scene("wave", water.wave, (600, 430), near=(540, 400), closeness=1.2, seed=101),
        Scene("well", land.well, (600, 480), seed=103),
        Scene("solar", land.solar, (560, 430), near=(500, 420), seed=107),
        Scene("kite", land.kite, (600, 420), near=(560, 400), closeness=1.0, seed=109),
        Scene("school", land.school, (600, 440), near=(620, 340), closeness=1.6, seed=113),
        Scene("market", land.market, (600, 480), seed=127),
        Scene("spinner", field.spinner, (620, 430), near=(640, 400), closeness=1.25),
        Scene("football", field.football, (620, 520), near=(620, 560), seed=131),
        Scene("runner", field.runner, (640, 500), seed=137),
        Scene("missile", state.missile, (560, 420), near=(440, 540), closeness=1.6, seed=139),
        Scene("coin", state.coin, (600, 430)),
        Scene("robot", works.robot, (620, 440), seed=149),
        Scene("pickers", hands.pickers, (620, 480), seed=151),
        Scene("weaver", hands.weaver, (560, 430), near=(480, 440), closeness=1.2),
        Scene("p1", faces.p1, (200, 200), sheet=PORTRAIT_SHEET),
        Scene("p2", faces.p2, (200, 200), sheet=PORTRAIT_SHEET),
        Scene("p3", faces.p3, (200, 200), sheet=PORTRAIT_SHEET),
        Scene("p4", faces.p4, (200, 200), sheet=PORTRAIT_SHEET),
    )
}
