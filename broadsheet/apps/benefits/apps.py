from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    name = "broadsheet.apps.benefits"
    label = "benefits"
    default_auto_field = "django.db.models.BigAutoField"
