"""Forms of tasks: put away until a day, passed on, not relevant and why."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import User
from crm.web.forms import offer

MORNING = time(7)


class SnoozeForm(forms.Form):
    until = forms.DateField(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = today + timedelta(days=7)

    @property
    def until_at(self) -> datetime:
        """The morning of the day: the row stands there when the person comes in."""
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], MORNING))


class DelegateForm(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), label=_("To whom"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "to", User.objects.working().exclude(pk=user.pk))


class DismissForm(forms.Form):
    reason = forms.CharField(label=_("Why is it not relevant?"), max_length=300)
