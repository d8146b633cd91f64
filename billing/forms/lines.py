"""A line of a draft as a person writes it, and the texts of the draft."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, InvoiceLine
from billing.rules.vat import RateKind
from billing.services.drafts import HAND_KINDS, HandLine
from billing.services.taxes import Taxes
from clients.models import ServiceLine

UNITS = [
    ("HUR", _("hours")),
    ("C62", _("pieces")),
    ("DAY", _("days")),
    ("MON", _("months")),
    ("KMT", _("kilometres")),
]
VAT = [
    (RateKind.STANDARD.value, _("standard rate")),
    (RateKind.REDUCED.value, _("reduced rate")),
    (RateKind.ZERO.value, _("zero rate")),
]


class LineForm(forms.Form):
    """Everything that a line by hand has; the price is in the draft's own tax basis."""

    description = forms.CharField(label=_("Description"), max_length=1000)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, kind.label) for kind in HAND_KINDS])
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=12, decimal_places=4)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    unit_price = forms.DecimalField(label=_("Price"), max_digits=14, decimal_places=4)
    vat = forms.ChoiceField(label=_("VAT"), choices=VAT)
    supplied_on = forms.DateField(label=_("Supplied on"))
    service_line = forms.ModelChoiceField(ServiceLine.objects.all(), label=_("Service line"), required=False)
    cost = forms.DecimalField(label=_("Our cost"), required=False, min_value=0, max_digits=14, decimal_places=2)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = (
            _("Price with VAT, %(currency)s") if invoice.price_includes_tax else _("Price without VAT, %(currency)s")
        )
        self.fields["unit_price"].label = label % {"currency": invoice.currency}
        for name, places in (("quantity", "0.0001"), ("unit_price", "0.0001"), ("cost", "0.01")):
            self.fields[name].widget.attrs["step"] = places
        if invoice.treatment != Invoice.Treatment.STANDARD:
            self.fields["vat"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == InvoiceLine.Kind.DISCOUNT and (cleaned.get("unit_price") or 0) > 0:
            self.add_error("unit_price", _("A discount has a price below zero."))
        return cleaned

    def written(self) -> HandLine:
        chosen = self.cleaned_data
        return HandLine(**chosen | {"vat": RateKind(chosen["vat"])})


class WordsForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A line made of work: its hours and price follow from the work, only its words are free."""

    class Meta:
        model = InvoiceLine
        fields = ["description", "service_line"]


class TextsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Invoice
        fields = [
            "buyer_reference",
            "contract_reference",
            "order_reference",
            "cash_discount_percent",
            "cash_discount_days",
            "notes",
        ]


def initial_of(line: InvoiceLine) -> dict[str, Any]:
    """The line as its form shows it."""
    names = ("description", "kind", "unit", "service_line", "cost")
    return {name: getattr(line, name) for name in names} | {
        "quantity": f"{line.quantity.normalize():f}",
        "unit_price": f"{line.unit_price:.2f}" if line.unit_price == round(line.unit_price, 2) else line.unit_price,
        "vat": _kind_of(line).value,
        "supplied_on": line.supplied_to,
    }


def _kind_of(line: InvoiceLine) -> RateKind:
    """Which of the rates the line has on its day; one without VAT has the standard one in case that changes."""
    if line.vat_category == "Z":
        return RateKind.ZERO
    taxes, day = Taxes.of(line.invoice.seller, line.invoice.treatment), line.supplied_to
    reduced = day is not None and line.vat_rate == taxes.tax(day, RateKind.REDUCED).percent
    return RateKind.REDUCED if reduced and line.vat_rate else RateKind.STANDARD
