"""A reader takes back one read a month: opened by mistake, or not worth it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from broadsheet.apps.meter.events import ReadGivenBack
from broadsheet.apps.meter.queries.reading import (
    find_device_key,
    find_reader_key,
    list_tallies,
    name_month,
    open_store,
)
from broadsheet.counters.giving_back import GivenBack, give_back
from broadsheet.plumbing.events import announce, at_once
from broadsheet.plumbing.gate_feed import purge
from broadsheet.protocol.rendition import spent_key


def give_back_read(
    *, tally: str, story_id: int, device_cookie: str, reader_id: int | None, now: datetime
) -> GivenBack:
    """Take a story out of what counts for a reader, or for a browser without a sign-in.

    ``tally`` is the name of a count that is kept now. Raises ``StoreUnavailable``.
    """
    reader_key = find_reader_key(device_cookie, reader_id, now)
    found = next((one for one in list_tallies(now) if one.name == tally), None)
    if found is None or not reader_key:
        return GivenBack.NOT_COUNTED
    also = find_device_key(device_cookie, now) if reader_id is not None else ""
    done = give_back(open_store(), found, name_month(now), reader_key, story_id, also=also)
    if done is GivenBack.DONE:
        with transaction.atomic():
            announce(ReadGivenBack(tuple(key for key in (reader_key, also) if key)), now=now)
    return done


@at_once
def forget_spent(event: ReadGivenBack, *, now: datetime) -> None:
    """Handler: no gate may go on remembering that this allowance is spent."""
    purge(spent_key(key) for key in event.reader_keys)
