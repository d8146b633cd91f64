"""Files on their way in: staged row by row, so that a person sees what would happen before anything does."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.access import may
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class ImportBatchQuery(Query["ImportBatch"]):
    def visible_to(self, user: "User") -> Self:
        """Own files; who may import clients sees everybody's, but history only who may import that."""
        rows = self if may(user, "client.import") else self.filter(made_by=user)
        return rows if may(user, "interaction.import") else rows.exclude(kind="history")


class ImportBatch(Record):
    """One uploaded file; `mapping` says which column (by its place) fills which field."""

    class State(models.TextChoices):
        STAGED = "staged", _("to be checked")
        DONE = "done", _("imported")
        UNDONE = "undone", _("undone")

    kind = models.CharField(_("kind"), max_length=20)
    file_name = models.CharField(_("file"), max_length=200)
    encoding = models.CharField(_("encoding"), max_length=12, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    headers = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.STAGED)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    imported_at = models.DateTimeField(_("imported at"), null=True)

    objects = ImportBatchQuery.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        triggers = audited("headers", "mapping")

    def __str__(self) -> str:
        return self.file_name


class ImportRowQuery(Query["ImportRow"]):
    def good(self) -> Self:
        return self.filter(problems=[])

    def bad(self) -> Self:
        return self.exclude(problems=[])


class ImportRow(models.Model):
    """One line of the file as text; `problems` are `[field label, message]`, `made_id` is what it became."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    made_id = models.BigIntegerField(null=True)

    objects = ImportRowQuery.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="import_row_once")]
