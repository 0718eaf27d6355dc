"""The gate alone, which never loads Django; that is reached at ``BROADSHEET_BEHIND``."""

import gc
import logging
import sys

from broadsheet.gate.app import Gate
from broadsheet.gate.granian_worker import install
from broadsheet.gate.over_http import OverHttp
from broadsheet.gate.settings import read_settings
from broadsheet.gate.upstream import PLAIN_UNAVAILABLE
from broadsheet.protocol.keys import HANDOVER, derive_key

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
_settings = read_settings()
if not _settings.behind:
    sys.exit("BROADSHEET_BEHIND must say where Django answers, e.g. unix:/srv/paper/behind.sock")


def _unavailable() -> bytes:
    """The paper's own page, which Django leaves in the home folder at its start."""
    try:
        return (_settings.home / "errors" / "503.html").read_bytes()
    except OSError:
        return PLAIN_UNAVAILABLE


application = Gate(
    settings=_settings,
    upstream=OverHttp(
        _settings.behind,
        key=derive_key(_settings.secret, HANDOVER),
        origin=_settings.origin,
        unavailable=_unavailable,
    ),
)
install(application)
gc.collect()
gc.freeze()
