"""Readers at the desk: found, seen whole, and helped."""

from broadsheet.web.desk.views.readers.finding import ReadersView
from broadsheet.web.desk.views.readers.life import LifeView, cancel, undo
from broadsheet.web.desk.views.readers.refunding import RefundView

__all__ = ["LifeView", "ReadersView", "RefundView", "cancel", "undo"]
