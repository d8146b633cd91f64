"""Forms of scope requests and of the policy of care; the services check the whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick
from clients.forms.treatment import ForClient
from clients.models import CarePolicy, ScopeRequest
from crm.models import User
from crm.web.forms import offer


class ScopeForm(ForClient):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = ScopeRequest
        fields = (
            "client",
            "contact",
            "asked_on",
            "what",
            "in_contract",
            "estimated_minutes",
            "answer",
            "answered_by",
            "reason",
        )
        widgets = {"what": forms.Textarea(attrs={"rows": 2}), "reason": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "in_contract": _("Then it is done, and needs no other answer."),
            "answer": _("Empty while nobody has answered. A planned extra and goodwill are done and paid by nobody."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer(self, "answered_by", User.objects.working())


class CareForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = CarePolicy
        fields = ("honour_target", "plan_days", "profile_days", "boundary_requests", "boundary_days")
