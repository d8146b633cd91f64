"""A discount for a client, one of its contracts or a tier."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from billing.models import Discount, Engagement, Offer, Retainer
from clients.models.client import ClientQuery
from crm.web.forms import offer


class DiscountForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Discount
        fields = [
            "client",
            "tier",
            "engagement",
            "offer",
            "retainer",
            "service_line",
            "covers",
            "percent",
            "valid_from",
            "valid_to",
            "reason",
        ]

    def __init__(self, *args: Any, clients: ClientQuery, for_tiers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "client", clients)
        covers = [choice for choice in Discount.Covers.choices if choice[0] != Discount.Covers.PRICE]
        self.fields["covers"] = forms.ChoiceField(label=capfirst(_("off")), choices=covers)
        offer(self, "engagement", Engagement.objects.filter(client__in=clients, closed_on=None).order_by("name", "pk"))
        offer(self, "offer", Offer.objects.filter(client__in=clients, status="accepted").order_by("title", "pk"))
        active = Retainer.objects.filter(client__in=clients, status=Retainer.Status.ACTIVE)
        offer(self, "retainer", active.order_by("name", "pk"))
        if not for_tiers:
            self.fields["tier"] = forms.ChoiceField(choices=[("", "")], required=False, widget=forms.HiddenInput)
