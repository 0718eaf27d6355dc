"""What is asked of the meter."""

from broadsheet.apps.meter.queries.explaining import Explanation, explain_code
from broadsheet.apps.meter.queries.policies import (
    find_unknown_names,
    get_policy_in_force,
    get_snapshot,
    list_special_policies,
)
from broadsheet.apps.meter.queries.reading import CountedStories, Meter, find_meter
from broadsheet.apps.meter.queries.trying import (
    Rung,
    Trial,
    list_rungs,
    list_standing,
    try_policies,
)
from broadsheet.apps.meter.queries.wording import SPOKEN, fill_words, find_words

__all__ = [
    "SPOKEN",
    "CountedStories",
    "Explanation",
    "Meter",
    "Rung",
    "Trial",
    "explain_code",
    "fill_words",
    "find_meter",
    "find_unknown_names",
    "find_words",
    "get_policy_in_force",
    "get_snapshot",
    "list_rungs",
    "list_special_policies",
    "list_standing",
    "try_policies",
]
