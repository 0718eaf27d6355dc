"""Django alone, behind the gate: it answers whom the gate sends and nobody else."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from broadsheet.plumbing.handing_over import FromTheGate
from broadsheet.protocol.keys import HANDOVER, derive_key

_django = get_wsgi_application()

from broadsheet.web.reader.errors import write_plain_pages  # noqa: E402

write_plain_pages(settings.PLANT.home / "errors")  # for the gate, when nothing answers here

application = FromTheGate(_django, key=derive_key(settings.PLANT.secret_key, HANDOVER))
