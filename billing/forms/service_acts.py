"""Forms of acts of services: which invoices one day's acts confirm, and who signed an act."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Invoice
from billing.models.invoices import InvoiceQuery
from billing.models.packages import PackageQuery
from crm.web.forms import offer


class ActsForm(forms.Form):
    """The acts of the chosen invoices, and of the hours drawn from the chosen packages, all dated on one day."""

    invoice = forms.ModelMultipleChoiceField(Invoice.objects.none(), label=_("Invoices"), required=False)
    package = forms.ModelMultipleChoiceField(HourPackage.objects.none(), label=_("Hour packages"), required=False)
    acted_on = forms.DateField(
        label=_("Dated"), help_text=_("On or after the last day of the service; numbers follow the order of days.")
    )

    def __init__(self, *args: Any, invoices: InvoiceQuery, packages: PackageQuery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "invoice", invoices)
        offer(self, "package", packages)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said.get("invoice") and not said.get("package"):
            raise forms.ValidationError(_("Choose at least one row."), code="required")
        return said

    def ticks(self, field: str, row: Invoice | HourPackage) -> bool:
        """At first all; afterwards what was chosen."""
        return not self.is_bound or str(row.pk) in (self[field].value() or ())


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class SignForm(forms.Form):
    signed_on = forms.DateField(label=_("Signed on"))
    signed_by = forms.CharField(
        label=_("Signed by"), max_length=120, help_text=_("Post and name of the client's person, as on the act.")
    )
