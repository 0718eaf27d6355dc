"""Many readers at the last use of one coupon, each in a thread of its own, in a process of its own.

``python -m tests.apps.plans.racing prepare`` lays out the paper, ``… race N`` lets N readers reserve
at the same instant. The last line printed is JSON: how many got it, how many were refused, and the
coupon's own count.
"""

from __future__ import annotations

import json
import sys
import threading

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

django.setup()

from broadsheet.apps.plans.actions import (  # noqa: E402
    CouponRefused,
    put_coupon,
    reserve_coupon,
)
from broadsheet.apps.plans.models import Coupon, Redemption  # noqa: E402
from broadsheet.domain.coupon import Reduction  # noqa: E402
from broadsheet.plumbing.clock import now  # noqa: E402
from tests.factories.sale import lay_out_plans, make_reader  # noqa: E402

READERS = 8


def prepare() -> object:
    # The tables as the models say, without walking the migrations: other tests prove those.
    settings.MIGRATION_MODULES = dict.fromkeys(app.label for app in apps.get_app_configs())
    call_command("migrate", interactive=False, verbosity=0, run_syncdb=True)
    lay_out_plans()
    coupon = put_coupon(
        code="LAST-ONE",
        reduction=Reduction(share=5_000),
        starts_at=now(),
        ends_at=None,
        limit=1,
        plans=[],
        actor="test",
        now=now(),
    )
    return [coupon.pk, [make_reader(f"r{n}@example.org").pk for n in range(READERS)]]


def race(coupon_id: int, readers: list[int]) -> object:
    gate = threading.Barrier(len(readers))
    got: list[int] = []
    refused: list[str] = []

    def run(reader_id: int) -> None:
        try:
            gate.wait()
            reserve_coupon(coupon_id=coupon_id, reader_id=reader_id, order_id=None, now=now())
            got.append(reader_id)
        except CouponRefused as why:
            refused.append(str(why))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [len(got), len(refused), Redemption.objects.count(), Coupon.objects.get().taken]


def main() -> None:
    words = sys.argv[1:]
    answer = prepare() if words[0] == "prepare" else race(*json.loads(words[1]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
