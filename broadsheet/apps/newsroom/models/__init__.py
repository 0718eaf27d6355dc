"""The newsroom's tables, one noun a file."""

from broadsheet.apps.newsroom.models.body import BodyBlocks
from broadsheet.apps.newsroom.models.copy import StoryCopy
from broadsheet.apps.newsroom.models.front import Front, Slot, SlotRole
from broadsheet.apps.newsroom.models.house import HousePage
from broadsheet.apps.newsroom.models.people import Author
from broadsheet.apps.newsroom.models.picture import (
    Picture,
    PictureCut,
    PictureKind,
    PictureRendition,
)
from broadsheet.apps.newsroom.models.places import (
    Section,
    Storyline,
    StorylineEvent,
    Topic,
)
from broadsheet.apps.newsroom.models.story import Correction, Story, StoryByline, StoryForm

__all__ = [
    "Author",
    "BodyBlocks",
    "Correction",
    "Front",
    "HousePage",
    "Picture",
    "PictureCut",
    "PictureKind",
    "PictureRendition",
    "Section",
    "Slot",
    "SlotRole",
    "Story",
    "StoryByline",
    "StoryCopy",
    "StoryForm",
    "Storyline",
    "StorylineEvent",
    "Topic",
]
