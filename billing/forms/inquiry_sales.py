"""What came of an inquiry: an offer to the client, or work that was drawn from a package since."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Offer, TimeEntry
from clients.models import Inquiry
from crm.models import User
from crm.web.formats import write_clock, write_day
from crm.web.forms import offer

NEWEST = 50


class WorkChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # the class itself takes no index
    def label_from_instance(self, obj: Any) -> str:
        return f"{write_day(obj.worked_on)}, {write_clock(obj.minutes)}: {obj.description}"[:120]


class InquiryLinkForm(forms.Form):
    offer = forms.ModelChoiceField(Offer.objects.none(), required=False, label=_("Offer"))
    entry = WorkChoice(TimeEntry.objects.none(), required=False, label=_("Work drawn from a package"))

    def __init__(self, *args: Any, inquiry: Inquiry, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        family, since = inquiry.client.family, timezone.localdate(inquiry.received_at)
        offer(self, "offer", Offer.objects.visible_to(user).newest_versions().filter(client__in=family))
        drawn = TimeEntry.objects.visible_to(user).filter(client__in=family, worked_on__gte=since)
        paid = drawn.filter(coverages__account__package__isnull=False, coverages__drawn_minutes__gt=0).distinct()
        offer(self, "entry", paid.order_by("-worked_on", "-pk"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("offer")) == bool(cleaned.get("entry")):
            raise forms.ValidationError(_("Choose the offer or the work, one of them."), code="required")
        return cleaned
