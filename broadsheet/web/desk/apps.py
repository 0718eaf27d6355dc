from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "broadsheet.web.desk"
    label = "desk"
