from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "broadsheet.apps.newsroom"
    label = "newsroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from broadsheet.apps.newsroom import checks  # noqa: F401
        from broadsheet.apps.newsroom.adapter import hang_doors

        hang_doors()
