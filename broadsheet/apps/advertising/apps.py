from django.apps import AppConfig


class AdvertisingConfig(AppConfig):
    name = "broadsheet.apps.advertising"
    label = "advertising"
    default_auto_field = "django.db.models.BigAutoField"
