"""What every test stands on: a throwaway home folder, set before Django is."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix="broadsheet-test-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
for name in [name for name in os.environ if name.startswith("BROADSHEET_")]:
    if name != "BROADSHEET_DATABASE_URL":
        del os.environ[name]
os.environ["BROADSHEET_HOME"] = _home
os.environ["BROADSHEET_SECRET_KEY"] = "a key for tests only"
