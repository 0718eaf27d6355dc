"""The meter's rules at the desk."""

from broadsheet.web.desk.views.meter.adopting import NewPolicyView
from broadsheet.web.desk.views.meter.changing import EndView, RewordView
from broadsheet.web.desk.views.meter.overview import MeterView
from broadsheet.web.desk.views.meter.seeing import WallView

__all__ = ["EndView", "MeterView", "NewPolicyView", "RewordView", "WallView"]
