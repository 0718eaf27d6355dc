from django.apps import AppConfig
from wagtail.users.apps import WagtailUsersAppConfig


class DeskConfig(AppConfig):
    name = "broadsheet.web.desk"
    label = "desk"


class StaffConfig(WagtailUsersAppConfig):  # type: ignore[misc]
    """Wagtail's own users room, showing those who work at the desk."""

    user_viewset = "broadsheet.web.desk.viewsets.staff.StaffViewSet"
