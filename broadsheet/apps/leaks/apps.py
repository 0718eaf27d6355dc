from django.apps import AppConfig


class LeaksConfig(AppConfig):
    name = "broadsheet.apps.leaks"
    label = "leaks"
    default_auto_field = "django.db.models.BigAutoField"
