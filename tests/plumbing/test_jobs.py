from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from broadsheet.plumbing.jobs import MOST_TRIES, claim_task, revive_tasks
from broadsheet.plumbing.models import WorkerBeat

pytestmark = [
    pytest.mark.db,
    pytest.mark.django_db(transaction=True, databases="__all__"),
]
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def _running(worker: str, tries: int = 1) -> DBTaskResult:
    task = DBTaskResult.objects.create(
        task_path="wagtail.tasks.update_reference_index_task",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        run_after=NOW - timedelta(minutes=5),
    )
    DBTaskResult.objects.filter(pk=task.pk).update(
        status=TaskResultStatus.RUNNING,
        started_at=NOW - timedelta(minutes=5),
        worker_ids=[worker] * tries,
    )
    return task


def test_a_task_of_a_dead_worker_is_given_back_with_a_pause():
    task = _running("dead")
    assert revive_tasks(now=NOW) == 1
    task.refresh_from_db()
    assert (task.status, task.run_after) == (TaskResultStatus.READY, NOW + timedelta(seconds=2))


def test_a_task_of_a_live_worker_is_left_alone():
    task = _running("live")
    WorkerBeat.objects.create(worker_id="live", beat_at=NOW - timedelta(seconds=4))
    assert revive_tasks(now=NOW) == 0
    task.refresh_from_db()
    assert task.status == TaskResultStatus.RUNNING


def test_a_task_that_killed_its_workers_too_often_is_given_up():
    task = _running("dead", tries=MOST_TRIES)
    assert revive_tasks(now=NOW) == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.FAILED


def test_a_ready_task_is_claimed_once():
    task = DBTaskResult.objects.create(
        task_path="wagtail.tasks.update_reference_index_task",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        run_after=NOW - timedelta(minutes=5),
    )
    claimed = claim_task("first")
    assert claimed is not None
    assert claimed.pk == task.pk
    assert claim_task("second") is None
