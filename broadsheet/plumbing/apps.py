from django.apps import AppConfig
from django.conf import settings


class PlumbingConfig(AppConfig):
    name = "broadsheet.plumbing"
    label = "plumbing"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """A CDN that nobody knows stops the start. Raises ``WrongSetting``."""
        from broadsheet.plumbing.purging.contract import find_cdn  # needs the settings

        find_cdn(settings.PLANT)
