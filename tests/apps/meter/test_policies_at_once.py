"""Two editors who adopt policies at the same moment are checked against each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections

from broadsheet.apps.meter.actions import CannotAdopt
from broadsheet.apps.meter.actions.policies import PolicyTerms
from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.domain.policy_scope import Scope

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True)]


def test_of_two_that_contradict_one_is_adopted(adopt):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer, and the tests' database in memory one connection")
    adopt()
    ready = Barrier(2)

    def run(code: str) -> str:
        ready.wait(10)
        try:
            scope = Scope(origins=frozenset({"wire"}))
            return adopt(code=code, terms=PolicyTerms(priority=50, scope=scope)).code
        except CannotAdopt as refused:
            return str(list(refused.message_dict))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            MeterPolicy.objects.special().delete()
            answers = list(pool.map(run, (f"A{number}", f"B{number}")))
            assert answers.count("['priority']") == 1
            assert MeterPolicy.objects.special().count() == 1
