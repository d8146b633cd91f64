"""Forms of proactive acts and advocacy; the services check the whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.needs import LineChoice
from clients.forms.picks import ClientPick
from clients.forms.treatment import ForClient
from clients.models import Advocacy, ProactiveAct, ServiceLine
from crm.models import User
from crm.web.forms import offer


class ProactiveForm(ForClient):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = ProactiveAct
        fields = (
            "client",
            "contact",
            "kind",
            "service_line",
            "acted_on",
            "evidence",
            "result",
            "saved",
            "currency",
            "client_told_at",
            "use",
        )
        field_classes = {"service_line": LineChoice}
        widgets = {"evidence": forms.Textarea(attrs={"rows": 3}), "result": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer(self, "service_line", ServiceLine.objects.filter(is_active=True))
        self.fields["currency"].required = False


class AdvocacyForm(ForClient):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = Advocacy
        fields = (
            "client",
            "contact",
            "kind",
            "title",
            "asked_on",
            "status",
            "consent_on",
            "consent_evidence",
            "published_on",
            "link",
        )
