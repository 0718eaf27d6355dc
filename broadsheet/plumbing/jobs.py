"""The worker: sweeps the outbox, keeps the house's duties and runs ordinary background tasks.

Tasks live in django-tasks' own table. What that package lacks is added here: a worker's heartbeat,
so that a task whose worker died is run again with a growing pause, at most ``MOST_TRIES`` times.
A task must therefore bear being run twice.
"""

from __future__ import annotations

import importlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections
from django_tasks.base import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from broadsheet.plumbing import clock
from broadsheet.plumbing.events import dispatch_outbox
from broadsheet.plumbing.models import WorkerBeat

log = logging.getLogger(__name__)
BEAT_EVERY = 3.0
DEAD_AFTER = timedelta(seconds=15)
MOST_TRIES = 5
PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Duty:
    """Something the worker does again and again: ``run(now=…)`` every so often."""

    name: str
    every: timedelta
    run: Callable[..., object]


class HouseWorker:
    """One worker process; any number may run side by side."""

    def __init__(self) -> None:
        self.worker_id = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.stopping = threading.Event()
        self._last: dict[str, datetime] = {}
        self._runner = Worker(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=self.worker_id,
            excluded_queue_names=[],
        )

    def run(self) -> None:
        """Work until ``stopping`` is set."""
        beating = threading.Thread(target=self._beat, daemon=True)
        beating.start()
        while not self.stopping.is_set():
            busy = self._round()
            close_old_connections()
            self.stopping.wait(0 if busy else PAUSE)
        beating.join(timeout=BEAT_EVERY)
        WorkerBeat.objects.filter(worker_id=self.worker_id).delete()

    def _round(self) -> bool:
        now = clock.now()
        busy = False
        try:
            busy = dispatch_outbox(now=now) > 0
            busy = self._run_task() or busy
        except Exception:
            log.exception("a round of the worker failed")
        for duty in _duties():
            self._keep(duty, now)
        return busy

    def _keep(self, duty: Duty, now: datetime) -> None:
        last = self._last.get(duty.name)
        if last is not None and now - last < duty.every:
            return
        self._last[duty.name] = now
        try:
            duty.run(now=now)
        except Exception:
            log.exception("duty %s failed; it is tried again in %s", duty.name, duty.every)

    def _run_task(self) -> bool:
        task = claim_task(self.worker_id)
        if task is None:
            return False
        self._runner.run_task(task)
        return True

    def _beat(self) -> None:
        while not self.stopping.is_set():
            try:
                WorkerBeat.objects.update_or_create(
                    worker_id=self.worker_id, defaults={"beat_at": clock.now()}
                )
            except Exception:
                log.exception("the worker's heartbeat failed")
            self.stopping.wait(BEAT_EVERY)
        connections.close_all()


def claim_task(worker_id: str) -> DBTaskResult[Any, Any] | None:
    """Take one ready task, or none."""
    ready = DBTaskResult.objects.ready().filter(backend_name="default")
    if not ready.exists():
        return None
    with exclusive_transaction(ready.db):
        task = ready.get_locked()
        if task is not None:
            task.claim(worker_id)
        return task


def revive_tasks(*, now: datetime) -> int:
    """Give back the tasks of workers that died; the number given back or given up."""
    live = set(
        WorkerBeat.objects.filter(beat_at__gt=now - DEAD_AFTER).values_list("worker_id", flat=True)
    )
    stuck = [
        task
        for task in DBTaskResult.objects.filter(
            status=TaskResultStatus.RUNNING, started_at__lt=now - DEAD_AFTER
        )[:500]
        if not live.intersection(task.worker_ids[-1:])
    ]
    for task in stuck:
        tries = len(task.worker_ids)
        status = TaskResultStatus.READY if tries < MOST_TRIES else TaskResultStatus.FAILED
        DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.RUNNING).update(
            status=status, run_after=now + timedelta(seconds=2**tries)
        )
        log.warning("task %s lost its worker; %s", task.task_path, status)
    return len(stuck)


def _duties() -> Iterable[Duty]:
    duties: Iterable[Duty] = importlib.import_module(settings.WIRING).DUTIES
    return duties
