"""How use is told to libraries."""

from broadsheet.apps.licences.formats.report import WrongPeriod, make_report
from broadsheet.apps.licences.formats.tr_j1 import UseReport, write_tr_j1

__all__ = ["UseReport", "WrongPeriod", "make_report", "write_tr_j1"]
