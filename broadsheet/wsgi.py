"""The gate around Django."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

from broadsheet.gate.app import Gate  # noqa: E402
from broadsheet.gate.settings import read_settings  # noqa: E402
from broadsheet.gate.upstream import InProcess  # noqa: E402

application = Gate(settings=read_settings(), upstream=InProcess(get_wsgi_application()))
