"""What is asked of the meter."""

from broadsheet.apps.meter.queries.explaining import Explanation, explain_code
from broadsheet.apps.meter.queries.policies import (
    find_unknown_names,
    get_policy_in_force,
    get_snapshot,
    list_policies,
    list_special_policies,
    render_message,
)
from broadsheet.apps.meter.queries.reading import CountedStories, list_counted_stories

__all__ = [
    "CountedStories",
    "Explanation",
    "explain_code",
    "find_unknown_names",
    "get_policy_in_force",
    "get_snapshot",
    "list_counted_stories",
    "list_policies",
    "list_special_policies",
    "render_message",
]
