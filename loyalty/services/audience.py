"""Whom a survey may ask: the audience by filter, and for everybody left out the reasons."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Engagement, Offer, RevenueDay
from clients.models import Client, Complaint, Contact, Task
from clients.models.client import holder_of
from crm.db import by_name
from loyalty.models import DetractorLoop, LoyaltyPolicy, Survey, SurveyInvitation, SurveyResponse
from loyalty.rules.surveys import Candidate, Reason, SurveyKind, refusals

FILTERS: Mapping[str, str] = {
    "tier": "client__tier",
    "status": "client__status",
    "industry": "client__industry",
    "account_manager": "client__account_manager",
    "client": "client",
    "buying_role": "buying_role",
    "level": "level",
    "influence": "influence",
}
IDS = frozenset({"account_manager", "client"})
SERVED = [Client.Status.ACTIVE, Client.Status.DORMANT]
ACCOUNT_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Audience:
    """People to ask, and those left out with every reason."""

    people: list[Contact]
    excluded: list[tuple[Contact, tuple[Reason, ...]]]


def check_audience(audience: object) -> dict[str, list[object]]:
    """The filter as it is kept: known names, each with a list of values. Raises ValidationError `invalid`."""
    if not isinstance(audience, dict) or not set(audience) <= set(FILTERS):
        raise ValidationError(
            _("An audience names only these: %(names)s.") % {"names": ", ".join(FILTERS)}, code="invalid"
        )
    return {name: _checked_values(name, values) for name, values in audience.items()}


def _checked_values(name: str, values: object) -> list[object]:
    kind = int if name in IDS else str
    if not isinstance(values, list) or any(not isinstance(v, kind) or isinstance(v, bool) for v in values):
        raise ValidationError(_("Give a list of values for “%(name)s”.") % {"name": name}, code="invalid")
    return values


def choose_audience(survey: Survey, *, on: date) -> Audience:
    """People that the survey's filter names and that the pauses allow; deciders come first of their client."""
    return sort_out(matching(survey), kind=_kind(survey), on=on)


def sort_out(contacts: Iterable[Contact], *, kind: SurveyKind, on: date) -> Audience:
    """These people in their order: whom the pauses allow to ask, and the rest with every reason."""
    people: list[Contact] = []
    excluded: list[tuple[Contact, tuple[Reason, ...]]] = []
    known, limits = Known.load(on), LoyaltyPolicy.load().fatigue
    for contact in contacts:
        if reasons := refusals(known.candidate(contact), kind=kind, on=on, limits=limits):
            excluded.append((contact, reasons))
        else:
            people.append(contact)
            known.asked_of_account[contact.client_id] += 1
    return Audience(people, excluded)


def matching(survey: Survey, *, client: int | None = None) -> Iterable[Contact]:
    """People with a mail address whom the filter names, at clients that the survey's maker may handle, or at one."""
    wanted: dict[str, object] = {FILTERS[name] + "__in": values for name, values in survey.audience.items() if values}
    if client is not None:
        wanted["client"] = client
    wanted.setdefault("client__status__in", SERVED)
    people = Contact.objects.filter(left_on=None, client__in=Client.objects.current().changeable_by(survey.made_by))
    people = people.filter(**wanted).exclude(email="").exclude(invitations__survey=survey)
    return people.select_related("client").order_by(by_name("client__name"), "client", "influence", "id")


def _kind(survey: Survey) -> SurveyKind:
    return "relational" if survey.kind == Survey.Kind.RELATIONAL else "transactional"


@dataclass(slots=True)
class Known:
    """What the rules need to know of everybody, read once. Whoever stands in an outbox counts as asked."""

    last_any: dict[int, datetime]
    last_relational: dict[int, datetime]
    asked_of_account: Counter[int]
    open_loops: set[int]
    first_delivery: dict[int, date]

    @classmethod
    def load(cls, on: date) -> "Known":
        asked = SurveyInvitation.objects.filter(failed_at=None)
        heard = answers_elsewhere()
        since = on - ACCOUNT_DAYS
        recent = {
            *asked.filter(made_at__date__gt=since).values_list(holder_of("contact__client"), "contact"),
            *heard.filter(answered_at__date__gt=since).values_list(holder_of("contact__client"), "contact"),
        }
        relational = Q(survey__kind=Survey.Kind.RELATIONAL)
        return cls(
            last_any=_last(asked, heard),
            last_relational=_last(asked.filter(relational), heard.filter(relational)),
            asked_of_account=Counter(client for client, _contact in recent),
            open_loops=upset_clients(),
            first_delivery=_first_deliveries(on),
        )

    def candidate(self, contact: Contact) -> Candidate:
        return Candidate(
            last_any_on=_day(self.last_any.get(contact.pk)),
            last_relational_on=_day(self.last_relational.get(contact.pk)),
            account_asked=self.asked_of_account[contact.client_id],
            open_loop=contact.client_id in self.open_loops,
            opted_out=contact.surveys_refused_at is not None,
            first_delivery_on=self.first_delivery.get(contact.client_id),
        )


def upset_clients() -> set[int]:
    """Clients with an open complaint, a critic to call, or a loop that is not closed: nobody there is asked.

    What one of two merged records holds back counts for both.
    """
    tasks = Task.objects.unfinished().filter(kind="detractor").exclude(client=None)
    holders = {
        *Complaint.objects.open().values_list(holder_of(), flat=True),
        *tasks.values_list(holder_of(), flat=True),
        *DetractorLoop.objects.open().values_list(holder_of("response__client"), flat=True),
    }
    merged = Client.objects.filter(merged_into__in=holders)
    return holders | set(merged.values_list("pk", flat=True))


def answers_elsewhere() -> QuerySet[SurveyResponse]:
    """Answers that no mail of ours asked for, so they were collected elsewhere: whoever gave one was asked then."""
    invited = SurveyInvitation.objects.filter(survey=OuterRef("survey"), contact=OuterRef("contact"))
    return SurveyResponse.objects.exclude(contact=None).exclude(Exists(invited)).order_by()


def _last(asked: QuerySet[SurveyInvitation], heard: QuerySet[SurveyResponse]) -> dict[int, datetime]:
    """When each person was asked last, by us or by whoever collected the answer."""
    ours = dict(asked.order_by().values_list("contact").annotate(Max("made_at")))
    for contact, moment in heard.values_list("contact").annotate(Max("answered_at")):
        ours[contact] = max(moment, ours.get(contact, moment))
    return _carried(ours)


def _carried(last: dict[int, datetime]) -> dict[int, datetime]:
    """Whoever now works at another client is the same person: what was asked there before counts here."""
    for contact, before in Contact.objects.exclude(known_from=None).order_by("pk").values_list("pk", "known_from"):
        if before in last:
            last[contact] = max(last[before], last.get(contact, last[before]))
    return last


def _first_deliveries(on: date) -> dict[int, date]:
    """The first work that each client received by a day; its first revenue where none was handed over or closed."""
    delivered = _first(Offer.objects.delivered(), "closed_on", on), _first(Engagement.objects.all(), "closed_on", on)
    either = [client for found in delivered for client in found]
    works = {client: min(found[client] for found in delivered if client in found) for client in either}
    return _first(RevenueDay.objects.all(), "issued_on", on) | works


def _first(rows: QuerySet[Any], column: str, on: date) -> dict[int, date]:
    past = rows.filter(**{f"{column}__lte": on}).order_by()
    return dict(past.values_list(holder_of()).annotate(Min(column)))


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None
