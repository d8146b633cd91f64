"""Abstract bases: every record knows when it came and last changed; external records know where they came from."""

from collections.abc import Collection
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.db.lines import text_check


class Record(models.Model):
    """A row with its own life; `updated_at` is kept by the database (see `triggers.audited`)."""

    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated at"), db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Besides what Django asks of each column, text must be of the kind that can be shown (see `crm.db.lines`)."""
        super().clean_fields(exclude)
        refused = {}
        for column in self._meta.concrete_fields:
            check = text_check(column)
            if check and column.name not in (exclude or ()):
                try:
                    check(getattr(self, column.attname) or "")
                except ValidationError as exc:
                    refused[column.name] = exc
        if refused:
            raise ValidationError(refused)


class External(Record):
    """A record that another system may have created: its key there is unique per source."""

    external_source = models.CharField(_("external source"), max_length=40, blank=True, default="")
    external_id = models.CharField(_("external id"), max_length=120, blank=True, default="")

    class Meta:
        abstract = True


def external_key(label: str) -> models.UniqueConstraint:
    """The uniqueness of an external key within its source, for the `Meta.constraints` of an `External`."""
    return models.UniqueConstraint(
        fields=["external_source", "external_id"],
        condition=~models.Q(external_id=""),
        name=f"{label}_external_key",
        violation_error_message=_("This external id is already in use for this source."),
        violation_error_code="external_id_taken",
    )


class Singleton(models.Model):
    """A table of policy with exactly one row, number 1."""

    id = models.SmallAutoField(primary_key=True)

    class Meta:
        abstract = True

    @classmethod
    def load(cls, **defaults: Any) -> Self:
        """The one row, made with its defaults when it is missing; its values are those of the database's types."""
        row, made = cls._default_manager.get_or_create(pk=1, defaults=defaults)
        if made:
            row.refresh_from_db()
        return row

    @classmethod
    def read(cls) -> Self:
        """The row as it stands, else its defaults: nothing is written, because pages only look."""
        return cls._default_manager.filter(pk=1).first() or cls()
