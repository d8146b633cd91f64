"""Saved views: a person's own filters of a list, kept as tabs."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.db import Query, Record
from crm.db.triggers import touched

if TYPE_CHECKING:
    from crm.models import User


class SavedViewQuery(Query["SavedView"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(owner=user)


class SavedView(Record):
    """`page` is the name of the list's address; `query` its query string when it was saved, without a page number."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=1000)

    objects = SavedViewQuery.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["id"]
        triggers = [touched()]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "page", "name"],
                name="saved_view_named_once",
                violation_error_message=_("You already have a view of this name."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
