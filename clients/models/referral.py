"""Referrals: who sent us a client, and what that client has brought since; they count for image clients."""

from typing import TYPE_CHECKING, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from crm.access import may
from crm.db import MoneyField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class ReferralQuery(Query["Referral"]):
    def visible_to(self, user: "User") -> Self:
        """Both names have to be known to the person, and one of the two clients open to them."""
        known, open_to = Client.objects.visible_to(user), Client.objects.open_to(user)
        rows = self.filter(client__in=known, referrer__in=known)
        return rows.filter(Q(client__in=open_to) | Q(referrer__in=open_to))

    def with_shown_amounts(self, user: "User") -> Self:
        """Adds `shown_revenue` and `shown_margin`: null for clients whose amounts the person may not see."""
        told = Q(client__in=Client.objects.money_open_to(user).values("pk"))
        sees_cost = told if may(user, "cost.see") else Q(pk__in=[])
        return self.annotate(
            shown_revenue=Case(When(told, then=F("revenue_since"))),
            shown_margin=Case(When(sees_cost, then=F("margin_since"))),
        )

    def changeable_by(self, user: "User") -> Self:
        mine = Client.objects.changeable_by(user)
        return self.filter(Q(client__in=mine) | Q(referrer__in=mine))


class Referral(Record):
    """`referrer` is the client for which the contact worked then; amounts are net, in the base currency."""

    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="referrals", verbose_name=_("who referred")
    )
    referrer = models.ForeignKey(Client, models.CASCADE, related_name="referrals_given", editable=False)
    client = models.ForeignKey(Client, models.CASCADE, related_name="referrals_taken", verbose_name=_("new client"))
    referred_on = models.DateField(_("referred on"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    revenue_since = MoneyField(_("revenue since"), null=True, editable=False)
    margin_since = MoneyField(_("margin since"), null=True, editable=False)
    revenue_as_of_on = models.DateField(null=True, editable=False)

    objects = ReferralQuery.as_manager()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["-referred_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client"],
                name="referral_once",
                violation_error_message=_("It is on record already who referred this client."),
                violation_error_code="unique",
            ),
            models.CheckConstraint(
                condition=~Q(client=F("referrer")),
                name="referral_of_another",
                violation_error_message=_("A client does not refer itself."),
            ),
        ]
        indexes = [models.Index(fields=["referrer"], name="referral_by_referrer")]
        triggers = audited("revenue_since", "margin_since", "revenue_as_of_on")

    def __str__(self) -> str:
        return f"{self.referrer} → {self.client}"

    def clean(self) -> None:
        if self.client_id and self.client_id == self.referrer_id:
            raise ValidationError({"client": ValidationError(_("A client does not refer itself."), code="invalid")})
