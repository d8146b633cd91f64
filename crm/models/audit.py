"""The audit trail and the memory of deleted records; both are written by database triggers (crm.db.triggers)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.db import Query, append_only


class AuditQuery(Query["AuditEntry"]):
    def of(self, row: models.Model) -> Self:
        """The history of one object, newest first."""
        return self.filter(table_name=row._meta.db_table, object_id=row.pk).order_by("-at", "-id")


class AuditEntry(models.Model):
    """Who changed what, when, from where; `old` and `new` hold only the columns that changed."""

    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    origin = models.CharField(_("from where"), max_length=200)
    action = models.CharField(_("action"), max_length=10)
    table_name = models.CharField(max_length=63)
    object_id = models.BigIntegerField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    objects = AuditQuery.as_manager()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["table_name", "object_id", "-at"], name="audit_by_object"),
            models.Index(fields=["-at"], name="audit_by_moment"),
        ]
        triggers = [append_only("old", "new")]


class Tombstone(models.Model):
    """A deleted external record, reported to integrations that ask what changed since."""

    table_name = models.CharField(max_length=63)
    object_id = models.BigIntegerField()
    external_source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=120)
    deleted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["table_name", "deleted_at"], name="tombstone_since")]
        triggers = [append_only()]
