"""Engagements, prices and locks as people fill them in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.sellers import SellerChoice
from billing.forms.setup import PATTERN_HELP
from billing.models import Engagement, Offer, PeriodLock, Rate, Retainer, Series, VatRate
from clients.models import Client, Seller
from crm.models import User
from crm.web.forms import offer


class EngagementForm(SellerChoice):
    """An engagement under an offer or a retainer is done by the own company that agreed it."""

    members = forms.ModelMultipleChoiceField(User.objects.none(), label=_("Members"), required=False)

    class Meta:
        model = Engagement
        fields = [
            "client",
            "seller",
            "name",
            "service_line",
            "lead",
            "offer",
            "retainer",
            "contract_reference",
            "order_reference",
            "started_on",
        ]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"] = forms.ModelChoiceField(
            Client.objects.current().changeable_by(user), label=_("Client"), disabled=bool(self.instance.pk)
        )
        for name, rows in (("offer", Offer.objects.visible_to(user)), ("retainer", Retainer.objects.visible_to(user))):
            offer(self, name, rows)
        people = User.objects.working()
        self.fields["lead"] = forms.ModelChoiceField(people, label=_("Lead"))
        self.fields["members"] = forms.ModelMultipleChoiceField(people, label=_("Members"), required=False)
        if self.instance.pk:
            self.initial["members"] = [row.user_id for row in self.instance.members.filter(to_on=None)]

    def _seller(self, client: Client) -> Seller | None:
        agreed = self.cleaned_data.get("offer") or self.cleaned_data.get("retainer")
        return self.cleaned_data.get("seller") or (agreed.seller if agreed else client.default_seller)


class RateForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A price an hour; what is left empty applies to all, and the most specific rate wins."""

    class Meta:
        model = Rate
        fields = [
            "seller",
            "client",
            "employee",
            "service_line",
            "amount",
            "currency",
            "price_includes_tax",
            "valid_from",
            "valid_to",
        ]


class VatRateForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A statutory rate from a day on; the one in force ends the day before by itself."""

    class Meta:
        model = VatRate
        fields = ["country", "category", "rate", "valid_from", "valid_to"]

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def validate_constraints(self) -> None:
        """A new rate meets the older ones in its service, which ends the one that it replaces."""
        if self.instance.pk:
            super().validate_constraints()


class SeriesForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Series
        fields = ["seller", "kind", "code", "pattern", "first_number"]
        help_texts = {"pattern": PATTERN_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("seller", "kind") if self.instance.pk else ():
            self.fields[name].disabled = True


class LockForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = PeriodLock
        fields = ["kind", "seller", "locked_until_on", "reason"]
