"""What is done in the newsroom, one deed a file."""

from broadsheet.apps.newsroom.actions.correcting import (
    change_access,
    correct_story,
    free_story,
    lock_due_stories,
    lock_story_again,
    mark_premium,
)
from broadsheet.apps.newsroom.actions.curating import curate_front, place_in_slot
from broadsheet.apps.newsroom.actions.ensuring import (
    ensure_author,
    ensure_house_page,
    ensure_section,
    ensure_storyline,
    ensure_topic,
    note_changed_names,
    put_house_picture,
)
from broadsheet.apps.newsroom.actions.ingesting import (
    CannotIngest,
    IncomingCopy,
    Ingested,
    ingest_copy,
    kill_copy,
)
from broadsheet.apps.newsroom.actions.ingesting_batch import TakenIn, ingest_batch
from broadsheet.apps.newsroom.actions.killing import kill_story, withdraw_story
from broadsheet.apps.newsroom.actions.picturing import CutFile, import_picture
from broadsheet.apps.newsroom.actions.publishing import (
    publish_due_stories,
    publish_revision,
    publish_story,
    schedule_story,
)
from broadsheet.apps.newsroom.actions.staffing import ensure_roles, ensure_workflow

__all__ = [
    "CannotIngest",
    "CutFile",
    "IncomingCopy",
    "Ingested",
    "TakenIn",
    "change_access",
    "correct_story",
    "curate_front",
    "ensure_author",
    "ensure_house_page",
    "ensure_roles",
    "ensure_section",
    "ensure_storyline",
    "ensure_topic",
    "ensure_workflow",
    "free_story",
    "import_picture",
    "ingest_batch",
    "ingest_copy",
    "kill_copy",
    "kill_story",
    "lock_due_stories",
    "lock_story_again",
    "mark_premium",
    "note_changed_names",
    "place_in_slot",
    "publish_due_stories",
    "publish_revision",
    "publish_story",
    "put_house_picture",
    "schedule_story",
    "withdraw_story",
]
