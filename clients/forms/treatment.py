"""Forms for complaints, praise, extras and absences; the services check the whole."""

import re
from datetime import date
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick, people_of, picked_client
from clients.models import Absence, Complaint, Extra, Praise
from clients.reports.complaints import praise_before
from crm.access import Role, may
from crm.models import User
from crm.periods import read_day
from crm.web.formats import write_day
from crm.web.forms import offer_still

PEOPLE = ("contact", "about")
ASKED = ("client", "contact", "about", "received_on")
BY_NUMBER = re.compile(r"[0-9]{1,18}")


class ForClient(forms.ModelForm):  # type: ignore[type-arg]
    """The client by typing; people are offered once the client is known, or asked for in any case."""

    asks_person = False
    cost_is_money = True

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.cost_is_money and self.instance.pk and not may(user, "value.amounts"):
            self.fields.pop("cost", None)
        pick = self.fields.get("client")
        if isinstance(pick, ClientPick):
            pick.let(user)
        offer_still(self, "about", User.objects.working())
        known = self.instance.client if self.instance.client_id else picked_client(self)
        if known or self.asks_person:
            offer_still(self, "contact", people_of(known))
        else:
            self.fields.pop("contact", None)

    def filled(self) -> Any:
        """The instance with what was typed, not saved."""
        for name, value in self.cleaned_data.items():
            setattr(self.instance, name, value)
        return self.instance

    def _post_clean(self) -> None:
        """The service asks the model."""


class ComplaintForm(ForClient):
    """Says whether the person had praised the employee: before it is saved, and while somebody chooses them."""

    client = ClientPick(label=_("Client"))
    answer_due_at = forms.DateTimeField(
        label=_("Answer by"), required=False, help_text=_("Left empty, within the first response of the tier.")
    )

    class Meta:
        model = Complaint
        fields = (
            "client",
            "contact",
            "received_on",
            "channel",
            "severity",
            "text",
            "about",
            "is_public",
            "link",
            "root_cause",
            "resolution",
            "resolved_on",
            "cost",
            "currency",
        )
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "resolution": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        if self.instance.pk:
            del self.fields["answer_due_at"]
        self.praise = self._praise(user)
        if self.praise:
            self["about"].help_text = praised_words(self.praise)
        beside = ",".join(f"#{self[name].auto_id}" for name in ASKED if name in self.fields)
        for name in PEOPLE:
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "hx-get": reverse_lazy("clients:complaint_praise"),
                    "hx-trigger": "change",
                    "hx-include": beside,
                    "hx-target": f"#{self['about'].auto_id}_check",
                }

    def filled(self) -> Any:
        self.cleaned_data.pop("answer_due_at", None)
        return super().filled()

    def _praise(self, user: User) -> Praise | None:
        given = {name: str(self[name].value()) for name in PEOPLE if name in self.fields}
        people = {name: int(text) for name, text in given.items() if BY_NUMBER.fullmatch(text)}
        on = self["received_on"].value() or timezone.localdate()
        day = on if isinstance(on, date) else read_day(str(on), "%Y-%m-%d")
        return praise_before(user, **people, on=day) if len(people) == len(PEOPLE) and day else None


def praised_words(praise: Praise) -> str:
    """What who writes a complaint down should know first."""
    return gettext("This person praised them on %(day)s.") % {"day": write_day(praise.received_on)}


class PraiseForm(ForClient):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = Praise
        fields = ("client", "contact", "received_on", "channel", "text", "about", "is_public", "link", "may_be_told")
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}


class ExtraForm(ForClient):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = Extra
        fields = (
            "client",
            "contact",
            "name",
            "description",
            "given_on",
            "cost",
            "value",
            "currency",
            "is_announced",
            "client_informed_at",
        )


class AbsenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A partner writes down anybody's absence, everybody else their own."""

    class Meta:
        model = Absence
        fields = ("user", "reason", "from_on", "to_on", "deputy", "note")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.working()
        mine = people if user.is_in(Role.PARTNER) else people.filter(pk=user.pk)
        for name, rows in (("user", mine), ("deputy", people)):
            offer_still(self, name, rows)
