"""The meter's tables, one noun a file."""

from broadsheet.apps.meter.models.link import Link, LinkOpening
from broadsheet.apps.meter.models.policy import MOST, WINDOWS, MeterPolicy
from broadsheet.apps.meter.models.session import RevokedSession

__all__ = ["MOST", "WINDOWS", "Link", "LinkOpening", "MeterPolicy", "RevokedSession"]
