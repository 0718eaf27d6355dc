"""Background work lives in a file of its own on SQLite, so that polling never holds up a sale."""

from __future__ import annotations

from typing import Any

from django.conf import settings

JOBS = "django_tasks_database"


class JobsRouter:
    """Send the job table to ``jobs`` where there is such a file, all else to ``default``."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return self._place(model._meta.app_label)

    def db_for_write(self, model: Any, **_: Any) -> str | None:
        return self._place(model._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        if "jobs" not in settings.DATABASES:
            return None
        return (app_label == JOBS) == (db == "jobs")

    def _place(self, label: str) -> str | None:
        return "jobs" if label == JOBS and "jobs" in settings.DATABASES else None
