"""What the bench of mixed traffic serves behind the gate."""

from broadsheet.bench.slow_behind import SLOW_SECONDS, SlowPages
from broadsheet.wsgi_behind import application as _behind

application = SlowPages(_behind, SLOW_SECONDS)
