"""Time from other programs: the exports of Kimai, Harvest, Toggl and Clockify are read as they come.

Every row becomes an entry by the same service as any other way to log. A row that is here already is refused.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Engagement, TimeEntry
from billing.services.locks import check_open, time_locked_until
from billing.services.time import delete_entry, log_entries
from clients.imports.cells import (
    ClockCell,
    DayCell,
    HoursCell,
    Known,
    MonthFirstCell,
    RowForm,
    WordCell,
    prefer_month_first,
)
from clients.imports.forms import SOURCE, find_client
from clients.imports.kinds import Field, Kind, Layout
from clients.models import Client, ServiceLine
from crm.access import Role
from crm.models import User

FOR_OTHERS = (Role.PARTNER, Role.ACCOUNT_MANAGER, Role.FINANCE)
BILLABLE = {
    "billable": "yes|ja|да|1|true|wahr|x",
    "non_billable": "no|nein|нет|0|false|falsch|not billable|non-billable",
}
HEADERS = {
    "worked_on": "day start_date datum tag дата день дата_начала",
    "employee": (
        "user user_name username member who person mitarbeiter benutzer first_name vorname сотрудник пользователь"
    ),
    "last_name": "surname nachname фамилия",
    "client": "company customer kunde firma клиент заказчик контрагент",
    "engagement": "project projekt auftrag проект",
    "service_line": "service leistungsart услуга",
    "task": "activity aufgabe tätigkeit задача вид_работ",
    "description": "notes note comment text beschreibung notiz kommentar описание комментарий",
    "minutes": "hours time duration_h duration_decimal dauer stunden zeit длительность часы время",
    "started": "start start_time from begin von beginn startzeit начало время_начала",
    "ended": "end end_time stop stop_time to bis ende endzeit конец окончание время_окончания",
    "billing_type": "billable abrechenbar оплачиваемое",
    "external_id": "id entry_id",
}
LAYOUTS = (
    Layout("Kimai", "Customer|Project|Activity", {"employee": "Alias|User|Name|Username", "task": "Activity"}),
    Layout("Kimai", "Kunde|Projekt|Tätigkeit", {"employee": "Alias|Name|Benutzer|Benutzername", "task": "Tätigkeit"}),
    Layout("Harvest", "Project Code|Task|Notes|Hours", {"minutes": "Hours", "billing_type": "Billable?|Billable"}),
    Layout("Clockify", "Duration (h)|Duration (decimal)", {"minutes": "Duration (h)"}),
    Layout("Toggl", "Start date|Start time|Duration|Description", {"employee": "User|Member"}),
)
DAY_MINUTES = 24 * 60


class LengthCell(HoursCell):
    """1.5, 1:30 or 1:30:00; seconds are rounded to the minute."""

    def clean(self, value: Any) -> Any:
        clock = re.fullmatch(r"\s*(\d{1,3}):([0-5]\d):([0-5]\d)\s*", str(value or ""))
        if clock:
            return round((int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])) / 60)
        return super().clean(re.sub(r"\s*(h|Std\.?|ч\.?)\s*$", "", str(value or "")))


@dataclass(slots=True)
class KnownTime:
    """What a file of time is checked against, read once."""

    user: User
    clients: Known
    engagements: dict[tuple[int, str], Engagement]
    projects: Known
    people: Known
    lines: Known
    taken: frozenset[str]
    closed: date | None

    @classmethod
    def read(cls, user: User) -> "KnownTime":
        clients = Client.objects.visible_to(user).current().select_related("default_seller")
        named = ((row, (row.name, row.legal_name, row.external_id, row.tax_number, row.vat_id)) for row in clients)
        rows = Engagement.objects.filter(client__in=clients).select_related("client", "seller", "offer")
        people = ((who, (who.username, who.email, who.get_full_name())) for who in User.objects.filter(is_active=True))
        lines = ((row, (row.code, row.name, row.name_de, row.name_ru)) for row in ServiceLine.objects.all())
        keys = TimeEntry.objects.filter(external_source=SOURCE).values_list("external_id", flat=True)
        engagements = list(rows)
        return cls(
            user,
            Known(named),
            {(row.client_id, row.name.casefold().strip()): row for row in engagements},
            Known((row, (row.name,)) for row in engagements),
            Known(people),
            Known(lines),
            frozenset(keys),
            time_locked_until(),
        )


class TimeRow(RowForm):
    worked_on = DayCell(required=False)
    month_first = MonthFirstCell(required=False)
    employee = forms.CharField(required=False)
    last_name = forms.CharField(required=False)
    client = forms.CharField(required=False)
    engagement = forms.CharField(required=False)
    service_line = forms.CharField(required=False)
    task = forms.CharField(required=False)
    description = forms.CharField(required=False)
    minutes = LengthCell(required=False)
    started = ClockCell(required=False)
    ended = ClockCell(required=False)
    billing_type = WordCell(BILLABLE, default="billable")
    external_id = forms.CharField(required=False, max_length=100)

    def __init__(self, values: Mapping[str, str], known: KnownTime) -> None:
        super().__init__(values)
        self.known = known

    def clean_service_line(self) -> ServiceLine | None:
        text = self.cleaned_data["service_line"]
        missing = _("There is no service line “%(value)s”.")
        found: ServiceLine | None = self.known.lines.find(text, missing=missing, shared=missing) if text else None
        return found

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        for name, fill in (("employee", self._person), ("client", self._client), ("engagement", self._engagement)):
            try:
                body[name] = fill(body)
            except ValidationError as refused:
                self.add_error(name, refused)
        self._day(body)
        if not self.errors:
            self._span(body)
        if not self.errors:
            self._key(body)
        return body

    def _person(self, body: dict[str, Any]) -> User:
        name = " ".join(filter(None, (body.get("employee"), body.get("last_name"))))
        missing, shared = _("Nobody here is called “%(value)s”."), _("Several people are called “%(value)s”.")
        found: User = self.known.people.find(name, missing=missing, shared=shared) if name else self.known.user
        if found != self.known.user and not self.known.user.is_in(*FOR_OTHERS):
            raise ValidationError(_("You log your own time."), code="forbidden")
        return found

    def _client(self, body: dict[str, Any]) -> Client:
        """By its name, or by a project that only one client has."""
        if body.get("client"):
            found = find_client(self.known.clients, body["client"])
        elif project := body.get("engagement"):
            several = _("Several clients have a project “%(value)s”: name the client.")
            missing = _("There is no project “%(value)s”.")
            found = cast("Engagement", self.known.projects.find(project, missing=missing, shared=several)).client
        else:
            raise ValidationError(_("Say for which client it was."), code="required")
        return found

    def _engagement(self, body: dict[str, Any]) -> Engagement | None:
        client, text = body.get("client"), str(body.get("engagement") or "").strip()
        if not text or not isinstance(client, Client):
            return None
        found = self.known.engagements.get((client.pk, text.casefold()))
        if found is None:
            message = _("%(client)s has no project “%(value)s”; leave the column out to log without one.")
            raise ValidationError(message, "missing", {"client": client.name, "value": text})
        return found

    def _day(self, body: dict[str, Any]) -> None:
        body["worked_on"] = body.get("month_first") or body.get("worked_on")
        if body["worked_on"] is None and not {"worked_on", "month_first"} & self.errors.keys():
            self.add_error("worked_on", ValidationError(_("Say on which day it was."), code="required"))
        elif body["worked_on"]:
            try:
                check_open(body["worked_on"], self.known.closed)
            except ValidationError as refused:
                self.add_error("worked_on", refused)

    def _span(self, body: dict[str, Any]) -> None:
        """Start and end as moments; they say the length where the file does not."""
        started, ended = body["started"], body["ended"]
        body["started_at"] = _moment(body["worked_on"], started) if started else None
        body["ended_at"] = _moment(body["worked_on"], ended) if started and ended else None
        if body["started_at"] and body["ended_at"]:
            if body["ended_at"] <= body["started_at"]:
                body["ended_at"] += timedelta(days=1)
            span = round((body["ended_at"] - body["started_at"]).total_seconds() / 60)
            body["minutes"] = body["minutes"] if body["minutes"] is not None else span
        if not body["minutes"] or not 1 <= body["minutes"] <= DAY_MINUTES:
            message = _("Work lasts between one minute and 24 hours.")
            self.add_error("minutes", ValidationError(message, code="minutes_range"))
        if not body["client"].default_seller_id and not body["engagement"]:
            message = _("Say which own company works for this client.")
            self.add_error("client", ValidationError(message, code="seller_missing"))

    def _key(self, body: dict[str, Any]) -> None:
        """The row's own id, or one made of what it says, so that the same file imports once."""
        said = [body["employee"].pk, body["client"].pk, body["worked_on"], body["started"], body["minutes"]]
        said += [body["engagement"] and body["engagement"].pk, body["task"], body["description"]]
        digest = sha256("|".join(map(str, said)).encode()).hexdigest()
        body["external_id"] = body["external_id"] or f"time {digest[:40]}"
        if body["external_id"] in self.known.taken:
            self.add_error(None, ValidationError(_("This entry is here already."), code="duplicate"))


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))


def entry_of(form: forms.Form) -> TimeEntry:
    body = form.cleaned_data
    words = ": ".join(filter(None, (body["task"], body["description"])))
    return TimeEntry(
        **{name: body[name] for name in ("employee", "client", "engagement", "service_line", "worked_on", "minutes")},
        **{name: body[name] for name in ("started_at", "ended_at", "billing_type", "external_id")},
        description=words[:1000],
        external_source=SOURCE,
    )


def write_entries(forms_: Sequence[forms.Form], user: User) -> list[TimeEntry]:
    return log_entries([entry_of(form) for form in forms_], by=user, at=timezone.now())


def write_entry(form: forms.Form, user: User) -> TimeEntry:
    return write_entries([form], user)[0]


def undo_entries(rows: Sequence[Any], user: User) -> None:
    """Deletes the entries and gives back what they drew. Raises ValidationError once one is on an invoice."""
    now = timezone.now()
    for entry in cast("Sequence[TimeEntry]", rows):
        delete_entry(entry, by=user, at=now)


TIME = Kind(
    code="time",
    label=_("Time"),
    text=_("One line for each entry. Exports of Kimai, Harvest, Toggl and Clockify are read as they come."),
    fields=(
        Field("worked_on", _("date"), "2026-11-26"),
        Field("month_first", _("date with the month first")),
        Field("employee", _("person"), "Jonas Keller"),
        Field("last_name", _("last name, where it stands apart")),
        Field("client", _("client"), "Brandl Logistik GmbH"),
        Field("engagement", _("project"), ""),
        Field("service_line", _("service line")),
        Field("task", _("task"), ""),
        Field("description", _("what was done"), "Upgrade call"),
        Field("minutes", _("duration"), "1:30"),
        Field("started", _("start"), "09:00"),
        Field("ended", _("end"), "10:30"),
        Field("billing_type", _("billable"), "yes"),
        Field("external_id", _("external id")),
    ),
    headers=HEADERS,
    layouts=LAYOUTS,
    settle=lambda mapping, rows: prefer_month_first(mapping, rows, "worked_on"),
    known=KnownTime.read,
    form=TimeRow,
    keys=lambda form: [form.cleaned_data["external_id"]],
    write=write_entry,
    write_all=write_entries,
    model=TimeEntry,
    undo=undo_entries,
    right="time.import",
)
