"""Money that came in, and which invoices it settles."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from billing.services.payments import Receipt
from clients.models import Client, Seller
from clients.models.client import ClientQuery
from crm.web.formats import SYMBOLS, write_money
from crm.web.forms import offer

SETTLE = "settle_"


class SettleForm(forms.Form):
    """One amount for each open invoice; an empty one settles nothing."""

    def __init__(
        self,
        *args: Any,
        owed: Sequence[Invoice] = (),
        proposed: Mapping[Invoice, Decimal] | None = None,
        paid_on: date | None = None,
        **kw: Any,
    ) -> None:
        super().__init__(*args, **kw)
        self.owed = {f"{SETTLE}{invoice.pk}": invoice for invoice in owed}
        for name, invoice in self.owed.items():
            self.fields[name] = forms.DecimalField(
                label=invoice.number,
                required=False,
                min_value=0,
                max_digits=14,
                decimal_places=2,
                initial=(proposed or {}).get(invoice),
                help_text=_owed(invoice, paid_on),
            )

    @property
    def rows(self) -> list[tuple[Invoice, forms.BoundField]]:
        return [(invoice, self[name]) for name, invoice in self.owed.items()]

    def settles(self) -> dict[Invoice, Decimal]:
        named = {invoice: self.cleaned_data.get(name) for name, invoice in self.owed.items()}
        return {invoice: amount for invoice, amount in named.items() if amount}


def _owed(invoice: Invoice, paid_on: date | None) -> str:
    """What is owed, and with how much money of that day the cash discount settles it."""
    said = {"left": str(write_money(invoice.balance_amount, invoice.currency))}
    discount = invoice.cash_discount(paid_on=paid_on) if paid_on else Decimal(0)
    if not discount:
        return _("%(left)s is owed") % said
    said["less"] = str(write_money(invoice.balance_amount - discount, invoice.currency))
    return _("%(left)s is owed; %(less)s settles it with the cash discount") % said


class PaymentForm(SettleForm):
    """A payment; what it settles is proposed from the oldest debt on and may be changed."""

    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))
    seller = forms.ModelChoiceField(Seller.objects.all(), label=_("Paid to"))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in SYMBOLS])
    received_on = forms.DateField(label=_("Received on"))
    reference = forms.CharField(label=_("Reference"), max_length=140, required=False)
    payer_name = forms.CharField(
        label=_("Paid by"), max_length=140, required=False, help_text=_("If somebody other than the client paid.")
    )

    def __init__(self, *args: Any, clients: ClientQuery, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "payment_%s"} | kwargs)  # it opens over lists with filters of its names
        offer(self, "client", clients)

    @property
    def head(self) -> list[forms.BoundField]:
        return [
            self[name] for name in ("client", "seller", "amount", "currency", "received_on", "reference", "payer_name")
        ]

    def receipt(self) -> Receipt:
        return Receipt(**{field.name: self.cleaned_data[field.name] for field in self.head})


class LeavingForm(forms.Form):
    """Money that leaves again: when, and under which reference."""

    paid_on = forms.DateField(label=_("Date"))
    reference = forms.CharField(label=_("Reference"), max_length=140, required=False)


class RefundForm(LeavingForm):
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2)
    field_order = ("amount",)
