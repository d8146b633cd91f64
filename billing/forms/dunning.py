"""Reminders to send, stops with their reason, and the firm's own levels and words."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import DunningText, Invoice
from billing.models.invoices import InvoiceQuery
from billing.services.dunning import letter_now, steps_now
from crm.web.forms import offer

LEVELS = (1, 2, 3)
LANGUAGES = [("de", _("German")), ("en", _("English")), ("ru", _("Russian"))]


class SendForm(forms.Form):
    """The invoices to remind of."""

    invoice = forms.ModelMultipleChoiceField(
        Invoice.objects.none(), label=_("Invoices"), widget=forms.MultipleHiddenInput
    )

    def __init__(self, *args: Any, invoices: InvoiceQuery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "invoice", invoices)
        self.fields["invoice"].error_messages["required"] = str(_("Choose at least one client to remind."))


class StopForm(forms.Form):
    reason = forms.CharField(label=_("What the client disputes"), max_length=200)


class LevelsForm(forms.Form):
    """Days after the due date of each level."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = (_("First reminder"), _("Second reminder"), _("Last reminder"))
        for level, label, days in zip(LEVELS, labels, steps_now(), strict=True):
            self.fields[f"level_{level}"] = forms.IntegerField(
                label=label, min_value=1, max_value=365, initial=days, help_text=_("days after the due date")
            )

    def days(self) -> dict[int, int]:
        return {level: self.cleaned_data[f"level_{level}"] for level in LEVELS}


class TextForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = DunningText
        fields = ["subject", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 10})}

    def __init__(self, *args: Any, level: int, language: str, **kwargs: Any) -> None:
        own = DunningText.objects.filter(level=level, language=language).first()
        letter = letter_now(language, level)
        fresh = DunningText(level=level, language=language, subject=letter.subject, body=letter.body)
        super().__init__(*args, **{"instance": own or fresh} | kwargs)
        self.fields["body"].help_text = _("{total}, {pay_until}, {number} and {seller} are filled in.")
