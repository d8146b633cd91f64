"""Forms of offers: the offer itself with its items, and the small acts on it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from billing.forms.sellers import SellerChoice, currency_of
from billing.models import Offer
from billing.rules.receipts import MOST_BYTES, type_of
from billing.services.offers import ItemDraft, Paper
from clients.models import Client, Contact, ServiceLine
from crm.models import User
from crm.web.forms import offer
from crm.web.hours import HoursField

BLANK_ITEMS = 3
# Another client brings its own people; without a script they follow when the form comes back.
CONTACTS_FOLLOW = {
    "hx-get": "",
    "hx-trigger": "change",
    "hx-select": "#field-contact",
    "hx-target": "#field-contact",
    "hx-swap": "outerHTML",
}


class OfferForm(SellerChoice):
    """An offer for one of the clients that the person sees in full."""

    estimated_minutes = HoursField(
        label=_("Estimate in hours"), required=False, help_text=_("Left empty, it is the sum of the parts below.")
    )

    class Meta:
        model = Offer
        fields = (
            "client",
            "seller",
            "contact",
            "title",
            "text",
            "service_line",
            "lead",
            "basis",
            "hourly_rate",
            "fixed_price",
            "price_includes_tax",
            "estimated_minutes",
            "valid_until",
            "cash_discount_percent",
            "cash_discount_days",
        )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clients = Client.objects.open_to(user).current()
        choices: dict[str, Any] = {
            "client": clients,
            "contact": Contact.objects.filter(client__in=clients.filter(pk=self._chosen_client())),
            "service_line": ServiceLine.objects.filter(is_active=True),
            "lead": User.objects.working(),
        }
        for name, rows in choices.items():
            offer(self, name, rows)
        self.fields["text"].widget.attrs["rows"] = 5
        for name in ("client", "basis") if self.instance.hour_package_id else ():
            self.fields[name].disabled = True
        self.fields["client"].widget.attrs |= CONTACTS_FOLLOW

    def _chosen_client(self) -> int:
        """People are offered of one client at a time: the one that is chosen, or was before."""
        chosen = self.data.get("client") or self.initial.get("client") or 0
        return int(chosen) if str(chosen).isdecimal() and len(str(chosen)) < 19 else 0

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        client, contact = cleaned.get("client"), cleaned.get("contact")
        if client and contact and not client.has(contact):
            self.add_error("contact", _("This person belongs to another client."))
        return cleaned

    def clean_estimated_minutes(self) -> int:
        return self.cleaned_data["estimated_minutes"] or 0

    def offer(self, *, author: User) -> Offer:
        """The offer as typed, with what follows from the client and the own company."""
        offer: Offer = self.save(commit=False)
        if not offer.pk:
            seller = offer.seller
            offer.author, offer.currency = author, currency_of(offer.client, seller)
            offer.tolerance_percent = seller.overrun_tolerance_percent
            offer.tolerance_minutes = seller.overrun_tolerance_minutes
        return offer


class ItemForm(forms.Form):
    description = forms.CharField(label=_("Part of the work"), max_length=300, required=False)
    minutes = HoursField(label=_("Hours"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("minutes") and not cleaned.get("description"):
            self.add_error("description", _("Say what these hours are for."))
        return cleaned


ItemFormSet = formset_factory(ItemForm, extra=BLANK_ITEMS, max_num=60)


def items_of(formset: "BaseFormSet[Any]") -> list[ItemDraft]:
    """The parts that have words; an emptied row is a removed one."""
    rows: Sequence[dict[str, Any]] = [form.cleaned_data for form in formset if form.cleaned_data.get("description")]
    return [ItemDraft(row["description"], row.get("minutes") or 0) for row in rows]


class SendForm(forms.Form):
    recipient = forms.EmailField(
        label=_("Send to"),
        required=False,
        help_text=_("Without an address nothing is mailed: copy the link for the client instead."),
    )


class ReviseForm(forms.Form):
    estimated_minutes = HoursField(label=_("New estimate in hours"))
    valid_until = forms.DateField(label=_("Valid until"))
    text = forms.CharField(
        label=_("Why, in words the client understands"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DecisionForm(forms.Form):
    """An employee writes down what the client decided."""

    accepted = forms.TypedChoiceField(
        label=_("The client"),
        choices=[("yes", _("accepts")), ("no", _("declines"))],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    by_name = forms.CharField(label=_("Name of who decided"), max_length=160)
    file = forms.FileField(
        label=_("Signed page"),
        required=False,
        help_text=_("A scan or a photo up to 25 MB stays with the signature; an acceptance needs it."),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("accepted") and not self.cleaned_data.get("file") and "file" not in self.errors:
            self.add_error("file", forms.ValidationError(_("Add the page that the client signed."), code="required"))
        return cleaned

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file:
            return None
        content = file.read(MOST_BYTES + 1)
        found = type_of(content)
        if found is None or len(content) > MOST_BYTES:
            raise forms.ValidationError(_("Give a PDF, PNG or JPEG of at most 25 MB."), code="file")
        return Paper(file.name, found, content)

    def paper(self) -> Paper | None:
        paper: Paper | None = self.cleaned_data.get("file")
        return paper


class SignForm(forms.Form):
    """The client's own decision on the public page: a typed name, and one of two buttons."""

    by_name = forms.CharField(label=_("Your name"), max_length=160, strip=True)
    about_oneself = True


class CloseForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=Offer.CloseReason.choices)


def default_validity(on: date, days: int = 14) -> date:
    return date.fromordinal(on.toordinal() + days)
