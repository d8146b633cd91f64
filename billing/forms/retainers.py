"""Forms of retainers: the contract, and the small acts on it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.sellers import SellerChoice, currency_of
from billing.models import RateChangeAnswer, Retainer
from clients.models import Client, ServiceLine
from crm.models import User
from crm.web.forms import offer
from crm.web.hours import HoursField

QUARTERLY = 3
FEE_MONTHS = [(1, _("every month")), (3, _("every quarter"))]


class RetainerForm(SellerChoice):
    """A contract with a client that the person looks after; its currency follows from client and own company."""

    fee_months = forms.TypedChoiceField(label=_("Fee is due"), choices=FEE_MONTHS, coerce=int, initial=1)
    included_minutes = HoursField(label=_("Included hours"), required=False)
    rollover_cap_minutes = HoursField(label=_("Carry over at most, in hours"), required=False)
    negative_limit_minutes = HoursField(label=_("May go below zero by, in hours"), required=False)
    checkpoint_months = forms.IntegerField(
        label=_("Months between checkpoints"), required=False, min_value=0, max_value=12, initial=QUARTERLY
    )
    one_off_minutes = HoursField(label=_("Hours of the one-off order"), required=False)

    class Meta:
        model = Retainer
        fields = (
            "client",
            "seller",
            "name",
            "monthly_fee",
            "price_includes_tax",
            "fee_months",
            "term_months",
            "starts_on",
            "committed_until_on",
            "included_minutes",
            "allowance_period",
            "prorates_allowance",
            "checkpoint_months",
            "service_lines",
            "lead",
            "rollover",
            "rollover_cap_minutes",
            "carries_deficit",
            "refunds_unused",
            "overage_policy",
            "overage_rate",
            "negative_limit_minutes",
            "bill_in",
            "auto_issue",
            "cash_discount_percent",
            "cash_discount_days",
            "notice_days",
            "renewal_mode",
            "one_off_price",
            "one_off_minutes",
            "one_off_months",
            "status",
        )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, Any] = {
            "client": Client.objects.current().changeable_by(user),
            "service_lines": ServiceLine.objects.filter(is_active=True),
            "lead": User.objects.working(),
        }
        for name, rows in choices.items():
            offer(self, name, rows)
        self.fields["client"].disabled = self.fields["starts_on"].disabled = bool(self.instance.pk)
        if not self.instance.pk:
            self.initial.setdefault("status", Retainer.Status.ACTIVE)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("included_minutes", "rollover_cap_minutes", "negative_limit_minutes"):
            cleaned[name] = cleaned.get(name) or 0
        if cleaned.get("checkpoint_months") is None:
            cleaned["checkpoint_months"] = QUARTERLY
        return cleaned

    def retainer(self) -> Retainer:
        """The contract as typed, with what follows from the client and the own company."""
        row: Retainer = self.save(commit=False)
        if not row.pk:
            row.currency = currency_of(row.client, row.seller)
        return row


class RenewForm(forms.Form):
    months = forms.IntegerField(label=_("Months to add"), min_value=1, max_value=120)


class AnswerForm(forms.Form):
    choice = forms.ChoiceField(choices=RateChangeAnswer.Choice.choices)
