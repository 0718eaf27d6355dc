"""Making the demo newspaper, once: its edition, its house and its people."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings

from broadsheet.demo.edition import Edition
from broadsheet.demo.household import furnish, welcome_people

Tell = Callable[[str], None]


def is_made() -> bool:
    """Whether the demo newspaper stands in the home folder, complete."""
    home: Path = settings.PLANT.home
    return (home / "demo.json").exists()


def make_demo(*, now: datetime, tell: Tell) -> bool:
    """Build what is missing; whether anything was. A build cut short is taken up again."""
    home: Path = settings.PLANT.home
    if is_made():
        return False
    (home / "demo.building").touch()
    zone = settings.PAPER.zone
    built_on = now.astimezone(zone).date()
    furnish(now=now)
    Edition(built_on=built_on, zone=zone, now=now, tell=tell).put_together()
    tell("opening the accounts …")
    welcome_people(now=now)
    mark = home / "demo.json"
    mark.write_text(json.dumps({"built_on": built_on.isoformat()}), encoding="utf-8")
    (home / "demo.building").unlink()
    return True
