from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from django.conf import settings

from broadsheet.counters.embedded import open_store
from broadsheet.protocol import keys
from broadsheet.protocol.device import Device, write_device

DEVICE = Device("ab" * 16, 20_779)
NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def gate_folder():
    """The gate's feed of this test's newspaper, empty at the start."""
    folder = settings.PLANT.home / "gate"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store():
    """The count of this test's newspaper, gone at the end."""
    store = open_store(settings.PLANT.home / "reads")
    yield store
    store.close()
    shutil.rmtree(settings.PLANT.home / "reads", ignore_errors=True)


@pytest.fixture
def cookie():
    """The cookie of ``DEVICE``."""
    return write_device(keys.derive_key(settings.PLANT.secret_key, keys.DEVICE), DEVICE)


@pytest.fixture
def adopt(now, gate_folder):
    from broadsheet.apps.meter.actions import adopt_policy

    def adopt(**fields):
        return adopt_policy(
            **{
                "anonymous_allowance": 5,
                "registered_allowance": 8,
                "message": "{{free_limit}} until {{resets_on}}.",
                "starts_at": now,
                "actor": "devan",
                "now": now,
                **fields,
            }
        )

    return adopt
