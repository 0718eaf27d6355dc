"""Who writes the paper."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from broadsheet.plumbing.purging.declaring import EVERY_PAGE, purges


@purges(EVERY_PAGE)
class Author(models.Model):  # type: ignore[django-manager-missing]
    """A person whose name stands over stories."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=120, unique=True)
    role = models.CharField(
        _("role"), max_length=120, blank=True, help_text=_("For example: Port correspondent.")
    )
    place = models.CharField(_("place"), max_length=80, blank=True)
    bio = models.TextField(_("about"), max_length=1000, blank=True)
    portrait = models.ForeignKey(
        "newsroom.Picture",
        verbose_name=_("portrait"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ("name",)
        verbose_name = _("author")
        verbose_name_plural = _("authors")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reader:author", kwargs={"slug": self.slug})
