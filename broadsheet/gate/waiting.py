"""Who may wait for Django: not the few threads that answer stories.

A thread that ``answers_stories`` meets ``Later`` where it would wait, before anything was done or
counted for the request; whoever called it gives the request to a thread that may wait.
"""

from __future__ import annotations

import threading

_thread = threading.local()


class Later(Exception):  # noqa: N818
    """Django must be asked, and this thread is not to wait. ``for_story``: a story needs it."""

    def __init__(self, *, for_story: bool) -> None:
        super().__init__()
        self.for_story = for_story


def answers_stories() -> None:
    """From now on the calling thread waits for nobody."""
    _thread.waits_not = True


def be_patient(*, for_story: bool) -> None:
    """Say that what follows may take as long as Django takes. Raises ``Later``."""
    if getattr(_thread, "waits_not", False):
        raise Later(for_story=for_story)
