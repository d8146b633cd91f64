"""An item of the catalogue, and the choice of one for a draft."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.lines import UNITS
from billing.models import Invoice, Product
from crm.web.formats import SYMBOLS
from crm.web.forms import offer


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in SYMBOLS])

    class Meta:
        model = Product
        fields = [
            "name",
            "code",
            "kind",
            "name_de",
            "name_ru",
            "seller",
            "service_line",
            "quantity",
            "unit",
            "unit_price",
            "currency",
            "price_includes_tax",
            "vat",
            "cost",
            "is_active",
        ]


class TakeForm(forms.Form):
    """A product whose price fits the draft, and how much of it."""

    product = forms.ModelChoiceField(Product.objects.none(), label=_("From the catalogue"))
    quantity = forms.DecimalField(
        label=_("Quantity"), required=False, max_digits=12, decimal_places=4, help_text=_("Empty: the usual quantity.")
    )

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = Product.objects.fitting(
            seller=invoice.seller, currency=invoice.currency, includes_tax=invoice.price_includes_tax
        )
        offer(self, "product", fitting)
