"""Pictures, and the sizes that a drawn one is printed at."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.images.models import AbstractImage, AbstractRendition, Image

from broadsheet.plumbing.purging.declaring import EVERY_PAGE, purges


class PictureKind(models.TextChoices):
    """How a picture was made; an illustration is a screen of dots and is never scaled."""

    PHOTOGRAPH = "photograph", _("Photograph")
    ILLUSTRATION = "illustration", _("Illustration")
    GRAPHIC = "graphic", _("Graphic")
    RECONSTRUCTION = "reconstruction", _("Reconstruction")


@purges(EVERY_PAGE)
class Picture(AbstractImage):
    """A picture with what is said about it."""

    alt = models.CharField(
        _("description for readers who cannot see it"),
        max_length=300,
        blank=True,
        help_text=_("What the picture shows, in a plain sentence."),
    )
    caption = models.CharField(_("caption"), max_length=400, blank=True)
    credit = models.CharField(
        _("credit"), max_length=160, blank=True, help_text=_("For example: Photograph: Asha Rao.")
    )
    kind = models.CharField(
        _("kind"), max_length=20, choices=PictureKind, default=PictureKind.PHOTOGRAPH
    )

    admin_form_fields = (
        "title",
        "file",
        "alt",
        "caption",
        "credit",
        "kind",
        *(name for name in Image.admin_form_fields if name not in {"title", "file", "description"}),
    )

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        permissions: ClassVar[list[tuple[str, str]]] = [("choose_image", "Can choose image")]

    @property
    def default_alt_text(self) -> str:
        return self.alt or self.title

    def find_cut(self, cut: str, density: int = 1) -> PictureCut | None:
        """The file made for one size of use; reads the prefetched cuts where there are any."""
        for made in self.cuts.all():
            if made.cut == cut and made.density == density:
                return made
        return None


class PictureRendition(AbstractRendition):
    """A photograph scaled for one use; Wagtail makes and keeps it."""

    image = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=("image", "filter_spec", "focal_point_key"), name="one_rendition_a_use"
            )
        ]


def cut_path(cut: PictureCut, filename: str) -> str:
    return f"cuts/{filename}"


class PictureCut(models.Model):
    """A picture as it was made for one size: width and height in CSS pixels, density per pixel."""

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="cuts")
    cut = models.CharField(max_length=24)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    density = models.PositiveSmallIntegerField(default=1)
    file = models.FileField(upload_to=cut_path, max_length=200)

    class Meta:
        ordering = ("cut", "density")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("picture", "cut", "density"), name="one_file_a_cut")
        ]

    def __str__(self) -> str:
        return f"{self.picture_id} {self.cut} {self.density}x"
