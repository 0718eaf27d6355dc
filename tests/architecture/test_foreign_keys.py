"""Foreign keys point to the same room or a lower one."""

from __future__ import annotations

import pytest
from django.apps import apps

pytestmark = pytest.mark.pure
FLOOR = {
    "plumbing": 0,
    "accounts": 1,
    "benefits": 2,
    "payments": 2,
    "advertising": 2,
    "plans": 3,
    "invoicing": 3,
    "newsroom": 3,
    "subscriptions": 4,
    "leaks": 5,
    "licences": 5,
    "meter": 5,
    "wire": 5,
}


def test_foreign_keys_point_down() -> None:
    wrong = []
    for model in apps.get_models():
        label = model._meta.app_label
        if label not in FLOOR:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if target is None or field.auto_created or target._meta.app_label not in FLOOR:
                continue
            other = target._meta.app_label
            if other != label and FLOOR[other] >= FLOOR[label]:
                wrong.append(f"{label}.{model.__name__}.{field.name} → {other}")
    assert wrong == []


def test_every_room_has_a_floor() -> None:
    rooms = {
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("broadsheet.apps.")
    }
    assert rooms - set(FLOOR) == set()
