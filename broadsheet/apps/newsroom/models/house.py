"""Pages about the paper itself: about, contact, terms and the like."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from broadsheet.plumbing.purging.declaring import EVERY_PAGE, purges


@purges(EVERY_PAGE)
class HousePage(Page):
    """One page of plain text, at ``/<slug>/``."""

    standfirst = models.CharField(_("standfirst"), max_length=300, blank=True)
    body = RichTextField(
        _("text"), features=["h2", "h3", "bold", "italic", "ol", "ul", "link", "hr"]
    )

    picture = models.ForeignKey(
        "newsroom.Picture",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    template = "reader/house.html"
    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldPanel("body"),
        FieldPanel("picture"),
    ]
    promote_panels: ClassVar[list[Any]] = []
    settings_panels: ClassVar[list[Any]] = []
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("house page")
        verbose_name_plural = _("house pages")

    def get_absolute_url(self) -> str:
        return f"/{self.slug}/"

    def get_url(self, request: Any = None, current_site: Any = None) -> str:  # noqa: ARG002
        """Its place on the site; the tree it hangs in has no addresses of its own."""
        return self.get_absolute_url()

    def get_full_url(self, request: Any = None) -> str:  # noqa: ARG002
        return f"{settings.WAGTAILADMIN_BASE_URL}{self.get_absolute_url()}"
