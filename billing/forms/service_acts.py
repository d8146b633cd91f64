"""Forms of acts of services: which invoices one day's acts confirm, and who signed an act."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice
from billing.models.invoices import InvoiceQuery


class ActsForm(forms.Form):
    """The acts of the chosen invoices, all dated on one day."""

    invoice = forms.ModelMultipleChoiceField(
        Invoice.objects.none(), label=_("Invoices"), error_messages={"required": _("Choose at least one invoice.")}
    )
    acted_on = forms.DateField(
        label=_("Dated"), help_text=_("On or after the last day of the service; numbers follow the order of days.")
    )

    def __init__(self, *args: Any, invoices: InvoiceQuery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["invoice"]
        if isinstance(field, forms.ModelMultipleChoiceField):
            field.queryset = invoices

    def ticks(self, invoice: Invoice) -> bool:
        """At first all; afterwards what was chosen."""
        return not self.is_bound or str(invoice.pk) in (self["invoice"].value() or ())


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class SignForm(forms.Form):
    signed_on = forms.DateField(label=_("Signed on"))
    signed_by = forms.CharField(
        label=_("Signed by"), max_length=120, help_text=_("Post and name of the client's person, as on the act.")
    )
