from django.apps import AppConfig


class ReaderConfig(AppConfig):
    name = "broadsheet.web.reader"
    label = "reader"
