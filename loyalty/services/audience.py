"""Whom a survey may ask: the audience by filter, and for everybody left out the reasons."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Max, Min, Q

from billing.models import RevenueDay
from clients.models import Contact, Task
from loyalty.models import Survey, SurveyInvitation
from loyalty.rules.surveys import Candidate, Reason, SurveyKind, refusals

FILTERS = {
    "tier": "client__tier",
    "status": "client__status",
    "buying_role": "buying_role",
    "level": "level",
    "influence": "influence",
    "account_manager": "client__account_manager",
    "industry": "client__industry",
    "client": "client",
}


@dataclass(frozen=True, slots=True)
class Audience:
    """People to ask, and those left out with every reason."""

    people: list[Contact]
    excluded: list[tuple[Contact, tuple[Reason, ...]]]


def choose_audience(survey: Survey, *, on: date) -> Audience:
    """People that the survey's filter names and that fatigue rules allow; at most three of one account."""
    people: list[Contact] = []
    excluded: list[tuple[Contact, tuple[Reason, ...]]] = []
    known = _Known.load(on)
    for contact in matching(survey):
        if reasons := refusals(known.candidate(contact), kind=_kind(survey), on=on):
            excluded.append((contact, reasons))
        else:
            people.append(contact)
            known.asked_of_account[contact.client_id] += 1
    return Audience(people, excluded)


def matching(survey: Survey) -> Iterable[Contact]:
    """People with a mail address whom the filter names; deciders first, so that the cap keeps them."""
    wanted = {FILTERS[key] + "__in": values for key, values in survey.audience.items() if key in FILTERS and values}
    people = Contact.objects.filter(left_on=None, client__merged_into=None, **wanted).exclude(email="")
    return people.exclude(invitations__survey=survey).select_related("client").order_by("client", "influence", "id")


def _kind(survey: Survey) -> SurveyKind:
    return "relational" if survey.kind == Survey.Kind.RELATIONAL else "transactional"


@dataclass(slots=True)
class _Known:
    """What fatigue rules need, read once for everybody."""

    last_any: dict[int, datetime]
    last_relational: dict[int, datetime]
    asked_of_account: Counter[int]
    open_loops: set[int]
    first_delivery: dict[int, date]

    @classmethod
    def load(cls, on: date) -> "_Known":
        sent = SurveyInvitation.objects.exclude(sent_at=None)
        last = sent.values_list("contact").annotate(Max("sent_at"))
        recent = sent.filter(sent_at__date__gt=on - timedelta(days=30))
        loops = Task.objects.unfinished().filter(Q(kind="detractor") | Q(kind="complaint"))
        return cls(
            last_any=dict(last.order_by("contact")),
            last_relational=dict(last.filter(survey__kind=Survey.Kind.RELATIONAL).order_by("contact")),
            asked_of_account=Counter(recent.values_list("contact__client", flat=True)),
            open_loops=set(loops.values_list("client", flat=True)),
            first_delivery=dict(RevenueDay.objects.values_list("client").annotate(Min("issued_on")).order_by("client")),
        )

    def candidate(self, contact: Contact) -> Candidate:
        last_any, last_relational = self.last_any.get(contact.pk), self.last_relational.get(contact.pk)
        return Candidate(
            last_any_on=last_any.date() if last_any else None,
            last_relational_on=last_relational.date() if last_relational else None,
            account_asked=self.asked_of_account[contact.client_id],
            open_loop=contact.client_id in self.open_loops,
            opted_out=contact.surveys_refused_at is not None,
            first_delivery_on=self.first_delivery.get(contact.client_id),
        )
