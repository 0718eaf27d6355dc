"""The gate around Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

from django.core.wsgi import get_wsgi_application

from broadsheet.gate.app import Gate
from broadsheet.gate.settings import read_settings
from broadsheet.gate.upstream import InProcess

_settings = read_settings()
_django = get_wsgi_application()

from django.conf import settings  # noqa: E402

from broadsheet.web.reader.errors import plain_text, write_plain_pages  # noqa: E402

write_plain_pages(settings.PLANT.home / "errors")  # for a server that stands in front

application = Gate(
    settings=_settings,
    upstream=InProcess(
        _django, origin=_settings.origin, unavailable=lambda: plain_text(503).encode()
    ),
)
