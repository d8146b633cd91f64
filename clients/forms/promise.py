"""Forms of promises: a day alone means its end; a second date is asked for with care."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ForPerson
from clients.models import Interaction, Promise
from clients.services.promises import end_of_day
from crm.models import User
from crm.web.forms import offer


def moment_of(on: date, clock: time | None) -> datetime:
    """The last moment that counts as in time."""
    return timezone.make_aware(datetime.combine(on, clock)) if clock else end_of_day(on)


class PromiseForm(ForPerson):
    text = forms.CharField(label=_("What you promise"), max_length=300)
    due_on = forms.DateField(label=_("Until the end of"))
    due_time = forms.TimeField(label=_("At the latest at"), required=False)
    source = forms.ChoiceField(label=_("Said in a"), choices=Promise.Source.choices, initial=Promise.Source.CALL)
    made_by = forms.ModelChoiceField(User.objects.none(), label=_("Made by"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer(self, "made_by", User.objects.working())
        self.fields["made_by"].initial = user.pk

    @property
    def act(self) -> dict[str, Any]:
        """The arguments of `make_promise`."""
        given = self.cleaned_data
        due_at = moment_of(given["due_on"], given["due_time"])
        same = {name: given[name] for name in ("client", "contact", "text", "source")}
        return {**same, "due_at": due_at, "due_is_day": given["due_time"] is None, "by": given["made_by"]}


class RedateForm(forms.Form):
    """Warn the client and give another date: `seen` is the date that the person had before their eyes."""

    CHANNELS = [
        (Interaction.Kind.CALL, _("Call")),
        (Interaction.Kind.EMAIL, _("E-mail")),
        (Interaction.Kind.MESSAGE, _("Message")),
    ]

    seen = forms.RegexField(r"^\d{4}-\d\d-\d\dT[\d:.]{8,15}([+-]\d\d:\d\d|Z)$", widget=forms.HiddenInput)
    due_on = forms.DateField(label=_("New date"))
    due_time = forms.TimeField(label=_("At the latest at"), required=False)
    channel = forms.ChoiceField(label=_("The client hears of it by"), choices=CHANNELS, widget=forms.RadioSelect)
    informed_at = forms.DateTimeField(label=_("The client was told at"), required=False)
    agreed = forms.BooleanField(label=_("The client agreed"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300)
    words = forms.CharField(
        label=_("What you say"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Saved to the timeline."),
    )
    can_hold = forms.BooleanField(
        label=_("I can hold this date"), error_messages={"required": _("Only give a date that you can hold.")}
    )

    @property
    def act(self) -> dict[str, Any]:
        """The arguments of `redate_promise`."""
        given = self.cleaned_data
        informed_at = given["informed_at"]
        return {
            "due_at": moment_of(given["due_on"], given["due_time"]),
            "reason": given["reason"],
            "client_informed_at": informed_at,
            "client_agreed_at": informed_at if given["agreed"] else None,
        }


class EarlyWarningForm(forms.Form):
    reason = forms.CharField(label=_("Why it will not hold"), max_length=300)
