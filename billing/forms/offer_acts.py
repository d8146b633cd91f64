"""Forms of what happens to an offer after it was accepted: notice, forecast, override, handover, fit check, invoice."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Handover, Offer, OverrunNotice
from billing.services.handovers import HandedOver
from billing.services.notices import Told
from crm.models import User
from crm.web.hours import HoursField


class NoticeForm(forms.Form):
    """The client was told: when, how, whom, and what the answer was."""

    informed_at = forms.DateTimeField(label=_("When the client was told"))
    channel = forms.ChoiceField(label=_("How"), choices=OverrunNotice.Channel.choices)
    person = forms.CharField(label=_("Who was told"), max_length=160)
    decision = forms.ChoiceField(
        label=_("The client says"), choices=OverrunNotice.Decision.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("What was said"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def told(self) -> Told:
        return Told(**self.cleaned_data)


class ForecastForm(forms.Form):
    remaining_minutes = HoursField(label=_("Hours still to work"))


class OverrideForm(forms.Form):
    reason = forms.CharField(label=_("Why it bills all the same"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["autofocus"] = True


class HandoverForm(forms.Form):
    """What is done and what the client finishes; a small offer asks for one sentence."""

    done = forms.CharField(label=_("What is done"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    not_done = forms.CharField(
        label=_("What is not done"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    client_will_finish = forms.CharField(
        label=_("What the client will finish, one thing a line"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    explained_on = forms.DateField(label=_("Explained on"))
    explained_to = forms.CharField(label=_("Explained to"), required=False, max_length=160)
    recipient = forms.EmailField(
        label=_("Send to"),
        required=False,
        help_text=_("Without an address nothing is mailed: copy the link for the client instead."),
    )

    def __init__(self, *args: Any, level: str, offer: Offer, user: User, on: date, **kwargs: Any) -> None:
        known = (offer.contact.email if offer.contact else "") or offer.client.billing_email
        initial = {"explained_on": on, "explained_to": str(offer.contact or ""), "recipient": known}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.user = user
        if level == Handover.Level.OUTLINE:
            for name in ("not_done", "client_will_finish", "explained_on", "explained_to"):
                del self.fields[name]
            self.fields["done"].label = _("One sentence: what is done, and what the client finishes")

    @property
    def said(self) -> HandedOver:
        return HandedOver(**self.cleaned_data, explained_by=self.user)


class FitCheckForm(forms.Form):
    needs = forms.CharField(label=_("What the client needs"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    fits = forms.TypedChoiceField(
        label=_("What was sold"),
        choices=[("yes", _("meets it")), ("no", _("does not meet it"))],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    finding = forms.CharField(
        label=_("What does not fit"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class OfferInvoiceForm(forms.Form):
    """An advance, or all that is left of a fixed price."""

    what = forms.ChoiceField(
        label=_("What to invoice"),
        choices=[("rest", _("all that is left, advances set off")), ("advance", _("an advance"))],
        widget=forms.RadioSelect,
    )
    amount = forms.DecimalField(
        label=_("Amount of the advance"), required=False, max_digits=14, decimal_places=2, min_value=Decimal("0.01")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("what") == "advance" and cleaned.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", ValidationError(_("Say how much."), code="required"))
        return cleaned
