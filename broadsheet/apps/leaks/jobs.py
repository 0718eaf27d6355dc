"""The duty that looks after published stories."""

from __future__ import annotations

import threading
from datetime import datetime

from django.conf import settings

from broadsheet.apps.leaks.actions import claim_checks, put_back, record_scan
from broadsheet.apps.leaks.scan_process import ScanFailed, ScanProcess

_turn = threading.Lock()
_running: list[ScanProcess] = []
"""This worker's scan, if one is under way."""


def check_published(*, now: datetime) -> int:
    """Hear what a running scan found, or start the next; the number of leaks. It never waits."""
    with _turn:
        if _running:
            return _hear(_running[0], now)
        claims = claim_checks(now=now) if settings.PLANT.scan_published else ()
        if claims:
            _running.append(ScanProcess(origin=settings.PLANT.origin, claims=claims, now=now))
        return 0


def _hear(scan: ScanProcess, now: datetime) -> int:
    try:
        report = scan.find_report(now=now)
    except ScanFailed as failure:
        _running.clear()
        put_back(claims=scan.claims, trouble=str(failure), now=now)
        return 0
    if report is None:
        return 0
    _running.clear()
    return record_scan(claims=scan.claims, report=report, now=now)
