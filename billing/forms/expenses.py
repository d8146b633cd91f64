"""Forms for expenses, question lists and a client's own goodwill budget."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.forms.time import DurationField
from billing.models import Engagement, Expense, GoodwillBudget, QuestionList
from billing.rules.receipts import MOST_BYTES
from billing.services.expenses import Upload
from clients.forms.picks import ClientPick
from crm.models import User


class ExpenseForm(forms.ModelForm):  # type: ignore[type-arg]
    """What was paid, for whom, with the receipt; the service settles and checks the whole."""

    client = ClientPick(label=_("Client"))
    receipt = forms.FileField(
        label=_("Receipt"),
        required=False,
        help_text=_("PDF or picture, up to 25 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf,image/png,image/jpeg,image/webp"}),
    )

    class Meta:
        model = Expense
        fields = (
            "client",
            "engagement",
            "category",
            "description",
            "spent_on",
            "amount",
            "vat_percent",
            "currency",
            "is_billable",
        )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client, engagement = self.fields["client"], self.fields["engagement"]
        if isinstance(client, ClientPick):
            client.let(user)
        if isinstance(engagement, forms.ModelChoiceField):
            engagement.queryset = Engagement.objects.visible_to(user).open().select_related("client")
        self.fields["currency"].required = False

    def clean_receipt(self) -> Any:
        file = self.cleaned_data.get("receipt")
        if file and file.size > MOST_BYTES:
            raise ValidationError(_("A receipt has up to 25 MB."), code="file_size")
        return file

    def filled(self) -> Expense:
        """The instance with what was typed, not saved."""
        for name, value in self.cleaned_data.items():
            if name != "receipt":
                setattr(self.instance, name, value)
        expense: Expense = self.instance
        return expense

    @property
    def upload(self) -> Upload | None:
        file = self.cleaned_data.get("receipt")
        return Upload(file.name, file.read()) if file else None

    def _post_clean(self) -> None:
        """The service asks the model."""


class QuestionListForm(forms.ModelForm):  # type: ignore[type-arg]
    client = ClientPick(label=_("Client"))

    class Meta:
        model = QuestionList
        fields = ("client", "title")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client = self.fields["client"]
        if isinstance(client, ClientPick):
            client.let(user)

    def _post_clean(self) -> None:
        """The service asks the model."""


class QuestionForm(forms.Form):
    text = forms.CharField(label=_("Question"), max_length=300)
    estimated_minutes = DurationField(label=_("Estimate"))


class SessionForm(forms.Form):
    session_at = forms.DateTimeField(
        label=_("When is the session?"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class BudgetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A client's own minutes of a year."""

    minutes = DurationField(label=_("Goodwill of the year"))

    class Meta:
        model = GoodwillBudget
        fields = ("minutes", "reason")


class KeptForm(forms.Form):
    """Why a client under the firm's margin is kept."""

    why_kept = forms.CharField(label=_("Why do we keep them?"), max_length=300, required=False)
