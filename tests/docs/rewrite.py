"""``python -m tests.docs.rewrite``: make the generated parts of the documents anew."""

from __future__ import annotations

import os

import django

import tests.conftest  # noqa: F401  (a throwaway home, before the settings are read)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    django.setup()
    from tests.docs import test_commands, test_events, test_settings, test_ways_round

    for page in (test_commands, test_events, test_settings, test_ways_round):
        old = page.PAGE.read_text(encoding="utf-8")
        new = page.rewrite_page(old)
        page.PAGE.write_text(new, encoding="utf-8")
        print(f"{page.PAGE.name}: {'as it was' if old == new else 'rewritten'}")


if __name__ == "__main__":
    main()
