"""Forms of what happens to a running retainer: another fee, checkpoints, notice, settlement."""

from django import forms
from django.utils.translation import gettext_lazy as _


class FeeForm(forms.Form):
    monthly_fee = forms.DecimalField(label=_("New fee a month"), min_value=0, max_digits=12, decimal_places=2)
    valid_from = forms.DateField(label=_("From this day on"))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class CheckpointForm(forms.Form):
    due_on = forms.DateField(label=_("Due on"))
    deliverable = forms.CharField(label=_("What the client gets"), max_length=300)


class CheckpointDoneForm(forms.Form):
    findings = forms.CharField(label=_("What was found"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    corrections = forms.CharField(
        label=_("What is corrected"), required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoticeOfEndForm(forms.Form):
    """The day of the notice; its last day follows from the contract unless another one was agreed."""

    given_on = forms.DateField(label=_("Notice given on"))
    ended_on = forms.DateField(
        label=_("Last day"), required=False, help_text=_("Left empty, it follows from the days of notice.")
    )


class SettlementForm(forms.Form):
    settled = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("settle as proposed")), ("no", _("waive it"))],
        coerce=lambda chosen: chosen == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
