"""The desk's editors, one for each kind of thing that is written there."""

from broadsheet.web.desk.viewsets.advertising import HouseAdViewSet
from broadsheet.web.desk.viewsets.house import house_pages
from broadsheet.web.desk.viewsets.people import AuthorViewSet
from broadsheet.web.desk.viewsets.places import (
    SectionViewSet,
    StorylineViewSet,
    TopicViewSet,
)
from broadsheet.web.desk.viewsets.story import StoryViewSet

VIEWSETS = (
    StoryViewSet,
    StorylineViewSet,
    TopicViewSet,
    AuthorViewSet,
    SectionViewSet,
    HouseAdViewSet,
)

__all__ = ["VIEWSETS", "house_pages"]
