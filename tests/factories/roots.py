"""What Wagtail's migrations put into an empty database, and a flush takes away again."""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.test import override_settings
from wagtail.models import Collection, Locale, Page, Site

NO_TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


@override_settings(TASKS=NO_TASKS)  # nothing needs indexing of what was just put back
def put_back_roots() -> None:
    """The root of pages with its one site, and the root of collections. Twice does no harm."""
    ContentType.objects.clear_cache()
    if Collection.get_first_root_node() is None:
        Collection.add_root(name="Root")
    if Page.get_first_root_node() is not None:
        return
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    kind = ContentType.objects.get_for_model(Page)
    root = Page.add_root(instance=Page(title="Root", slug="root", content_type=kind, locale=locale))
    home = root.add_child(
        instance=Page(title="Welcome", slug="home", content_type=kind, locale=locale)
    )
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    Site.clear_site_root_paths_cache()
