"""Licences of organisations at the desk."""

from broadsheet.web.desk.views.licences.one import LicenceView
from broadsheet.web.desk.views.licences.overview import LicencesView, NewLicenceView
from broadsheet.web.desk.views.licences.printing import PosterView, usage

__all__ = ["LicenceView", "LicencesView", "NewLicenceView", "PosterView", "usage"]
