"""Forms for time: one typed line, one entry in full, the comment of a rejection."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from billing.forms.addressees import choose_addressee
from billing.models import Engagement, HourPackage, TimeEntry, Timer
from billing.rules.durations import DurationProblem, find_duration
from billing.rules.follow_up import NEEDS_DECISION as FOLLOW_UP
from billing.rules.goodwill import COMPLAINT_THEN_FREE
from billing.rules.quick_entry import EntryProblem, Problem
from billing.services.approvals import PART
from billing.services.quick_entry import Reading, engagement_of, read_line
from clients.forms.picks import ClientPick
from clients.models import Client, Contact
from crm.models import User
from crm.web.formats import write_clock
from crm.web.forms import offer

PROBLEMS: dict[str, str | Promise] = {
    DurationProblem.MISSING: _("Say how long it took: 1:30, 45m, 1.5h or 9:00-10:30."),
    DurationProblem.UNCLEAR: _("“%(typed)s” is no duration: write 1:30, 45m or 1.5h."),
    DurationProblem.NEGATIVE: _("“%(typed)s”: work does not take less than nothing."),
    DurationProblem.ZERO: _("“%(typed)s”: work lasts at least one minute."),
    DurationProblem.TOO_LONG: _("“%(typed)s” is more than a day: split it by days."),
    EntryProblem.CLIENT_MISSING: _("Say for whom: the first words after the time are the client's name."),
    EntryProblem.CLIENT_UNKNOWN: _("No client of yours begins with “%(typed)s”."),
    EntryProblem.CLIENT_AMBIGUOUS: _("Several clients begin with “%(typed)s”: choose one."),
    EntryProblem.SERVICE_LINE_UNKNOWN: _("There is no service “%(typed)s”."),
    EntryProblem.SERVICE_LINE_AMBIGUOUS: _("Several services begin with “%(typed)s”."),
    EntryProblem.BILLING_TYPE_UNKNOWN: _("“!%(typed)s” is no kind of time: !goodwill, !warranty, !intern or !dispute."),
    EntryProblem.DAY_UNCLEAR: _("“%(typed)s” is no day of the calendar."),
}


def words_of(problem: Problem) -> str:
    return str(PROBLEMS.get(problem.code, problem.code)) % {"typed": problem.typed}


KEPT_OFFLINE = timedelta(days=31)


class DurationField(forms.CharField):
    """Minutes, typed as 1:30, 45m, 1.5h or 90."""

    def prepare_value(self, value: Any) -> Any:
        return write_clock(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = (super().to_python(value) or "").strip()
        if not text:
            return None
        found = find_duration(text)
        if found is None or found.end < len(text):
            problem = Problem(DurationProblem.UNCLEAR, text)
            raise ValidationError(words_of(problem), code=problem.code)
        if found.problem:
            raise ValidationError(words_of(Problem(found.problem, text)), code=found.problem)
        return found.minutes


class LineForm(forms.Form):
    """The quick entry: `reading` says what was understood, the errors what was not."""

    line = forms.CharField(label=_("Add time: hours, client, what you did"), max_length=1000)
    client = forms.IntegerField(required=False, widget=forms.HiddenInput)
    on = forms.DateField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    typed_on = forms.DateField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, today: date, timed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.today, self.timed = user, today, timed
        self.reading: Reading | None = None

    def clean_typed_on(self) -> date | None:
        """The day on which the line was typed without a connection; the words of the line are meant on that day."""
        typed_on: date | None = self.cleaned_data["typed_on"]
        if typed_on and not self.today - KEPT_OFFLINE <= typed_on <= self.today:
            words = _("This line was kept from a day to come or from more than 31 days ago: write its day into it.")
            raise ValidationError(words, code="typed_on")
        return typed_on

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.reading = read_line(
            cleaned.get("line", ""),
            user=self.user,
            today=cleaned.get("typed_on") or self.today,
            on=cleaned.get("on"),
            client_id=cleaned.get("client"),
            reason=cleaned.get("reason", ""),
            timed=self.timed,
        )
        for problem in self.reading.problems:
            self.add_error("line", ValidationError(words_of(problem), code=problem.code))
        return cleaned


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]
    """One entry in full; what the person may not see is no choice."""

    minutes = DurationField(label=_("Time"))

    class Meta:
        model = TimeEntry
        fields = (
            "client",
            "engagement",
            "worked_on",
            "minutes",
            "description",
            "contact",
            "billing_type",
            "reason",
            "service_line",
            "hour_package",
        )
        widgets = {"description": forms.TextInput, "reason": forms.TextInput}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        client = self.instance.client_id
        clients = Client.objects.visible_to(user).current()
        offer(self, "client", clients)
        of_client = {"client__in": self.instance.client.family} if client else {}
        people = Contact.objects.visible_to(user)
        offer(self, "contact", people.filter(**of_client) if client else people.none())
        offer(self, "engagement", Engagement.objects.visible_to(user).open().filter(**of_client))
        offer(self, "hour_package", HourPackage.objects.visible_to(user).open().filter(**of_client))

    def changes(self) -> dict[str, Any]:
        """What was typed, without touching the instance that the form holds."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def _post_clean(self) -> None:
        """The service judges the whole entry when it is saved; here each field stands for itself."""


class TimerForm(forms.Form):
    """The timer for a client: the engagement follows where the person has one with them."""

    client = ClientPick(label=_("Client"))
    description = forms.CharField(label=_("What are you doing?"), required=False, max_length=1000)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        cast("ClientPick", self.fields["client"]).let(user)

    def timer(self) -> Timer:
        client, words = self.cleaned_data["client"], self.cleaned_data["description"]
        return Timer(user=self.user, client=client, engagement=engagement_of(self.user, client), description=words)


class RejectForm(forms.Form):
    comment = forms.CharField(label=_("What has to change"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class DecisionForm(forms.Form):
    """The answers that fit what is asked: a package or a new offer after an invoice, parting after a pattern."""

    choice = forms.ChoiceField(label=_("Who pays for it?"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    review_on = forms.DateField(
        label=_("Free until"), required=False, help_text=_("Until then free work for this client waits no more.")
    )

    def __init__(self, *args: Any, occasion: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["choice"]
        if isinstance(choice, forms.ChoiceField):
            choice.choices = list(_answers(occasion))
        if occasion != COMPLAINT_THEN_FREE:
            del self.fields["review_on"]


def _answers(occasion: str) -> Iterator[tuple[str, Any]]:
    yield "billable", _("The client, as usual")
    if occasion == FOLLOW_UP:
        yield "package", _("The client, from an hour package")
        yield "new_offer", _("The client, by a new offer")
    yield "goodwill", _("We: goodwill")
    if occasion == COMPLAINT_THEN_FREE:
        yield PART, _("Refund and part")
        return
    yield "warranty", _("We: our error")
    yield "non_billable", _("Nobody: not billable")


class TellForm(forms.Form):
    """Whom at the client to tell; nobody chosen means whoever comes first."""

    contact = forms.ModelChoiceField(Contact.objects.none(), required=False, label=_("Whom"))

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_addressee(cast("forms.ModelChoiceField[Contact]", self.fields["contact"]), client)
