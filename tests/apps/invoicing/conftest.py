from __future__ import annotations

import pytest


@pytest.fixture
def registered(settings, db):
    """A paper in Kerala with its GSTIN, and India's rates."""
    from tests.factories.seller import lay_down_rates, register

    settings.PAPER = register(settings.PAPER)
    lay_down_rates()
    return settings.PAPER


@pytest.fixture
def reader(db):
    from tests.factories.sale import make_reader

    return make_reader()
