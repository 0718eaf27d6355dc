"""Dying on purpose, so that tests can prove what survives.

The numbered points of the charge protocol (``docs/explanation/charge-protocol.md``):

1. the order stands, no charge is planned yet
2. T1 is committed: the charge is planned
3. T2 is committed: the charge is marked as sent, nothing is on the wire
4. the gateway has answered, nothing of it is recorded
5. inside T3, just before its commit
6. T3 is committed, nobody has been told

and those of a refund:

7. T1 is committed: the refund is planned
8. T2 is committed: the refund is marked as sent, nothing is on the wire
9. the gateway has answered, nothing of it is recorded
10. inside T3, just before its commit
11. T3 is committed, nobody has been told
"""

from __future__ import annotations

import os
import signal

POINTS = (1, 2, 3, 4, 5, 6)
REFUND_POINTS = (7, 8, 9, 10, 11)


def crash_point(number: int) -> None:
    """Kill this process outright when ``BROADSHEET_CRASH_AT`` names this point."""
    if os.environ.get("BROADSHEET_CRASH_AT") == str(number):
        os.kill(os.getpid(), signal.SIGKILL)
