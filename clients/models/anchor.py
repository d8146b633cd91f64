"""When a service line tied a client to the firm: written by billing, read by the grid of white space."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.firm import ServiceLine
from crm.db import Query

if TYPE_CHECKING:
    from crm.models import User


class AnchorQuery(Query["ClientAnchor"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.open_to(user))


class ClientAnchor(models.Model):
    """One service line of one client: the first and the last day of use, none where it was only offered."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="anchor_spans", verbose_name=_("client"))
    service_line = models.ForeignKey(ServiceLine, models.CASCADE, related_name="+", verbose_name=_("service line"))
    first_on = models.DateField(_("first used on"), null=True)
    last_on = models.DateField(_("last used on"), null=True)
    is_active = models.BooleanField(_("in use"), default=False)
    offered_on = models.DateField(_("on offer since"), null=True)
    as_of_on = models.DateField()

    objects = AnchorQuery.as_manager()

    class Meta:
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")
        constraints = [
            models.UniqueConstraint(fields=["client", "service_line"], name="anchor_once"),
            models.CheckConstraint(
                condition=Q(first_on=None, last_on=None, is_active=False) | Q(first_on__lte=F("last_on")),
                name="anchor_used_or_not",
                violation_error_message=_("It ends before it begins."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.service_line)
