"""Bytes of Russian tax documents that are kept for ever, in the forms in which they leave."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptFile(models.Model):
    """What every download gives again; the document that it belongs to stands in the model that is made of this."""

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        UPD = "upd", _("UPD 5.03 (XML)")

    format = models.CharField(max_length=3, choices=Format.choices)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        abstract = True
