"""Calls, meetings, mails and messages of the years before: who met whom, when, and what was said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import md5
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import MD5
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.imports.batches import delete_unused, refuse_changed
from clients.imports.cells import (
    ClockCell,
    DayCell,
    Known,
    MonthFirstCell,
    RowForm,
    WordCell,
    clock_within,
    prefer_month_first,
)
from clients.imports.forms import find_client
from clients.imports.kinds import Field, Kind
from clients.models import Client, Contact, Interaction
from clients.rules.secrets import mask_secrets
from clients.services.attention import refresh_attention
from clients.services.past_touches import PastTouch, write_past_touches
from crm.models import User

KINDS = {
    "call": "Anruf|Telefonat|звонок|phone|phone call",
    "meeting": "Treffen|Termin|Besuch|встреча|lunch",
    "email": "E-Mail|Mail|письмо|почта",
    "message": "Nachricht|Chat|сообщение|WhatsApp|SMS",
}
DIRECTIONS = {
    "in": "inbound|incoming|eingehend|vom Kunden|входящий|входящее",
    "out": "outbound|outgoing|ausgehend|von uns|исходящий|исходящее",
    "both": "beide|оба|обоюдно",
}
HISTORY_HEADERS = {
    "client": "company customer organization account firma kunde клиент компания контрагент организация",
    "occurred_on": "date day activity_date due_date datum tag дата день",
    "clock": "time activity_time due_time uhrzeit zeit время",
    "kind": "type activity_type art typ тип вид",
    "employee": "user owner assigned_to who mitarbeiter betreuer сотрудник ответственный менеджер",
    "contact": "person contact_person ansprechpartner kontakt контакт контактное_лицо",
    "direction": "richtung направление",
    "minutes": "duration_in_minutes minuten dauer_minuten dauer минуты длительность",
    "summary": "subject note notes text comment betreff notiz beschreibung тема заметка комментарий содержание",
    "sentiment": "mood stimmung настроение",
}
MIDDAY = time(12)


@dataclass(slots=True)
class KnownHistory:
    """What a file of history is checked against, read once."""

    user: User
    now: datetime
    clients: Known
    people: Known
    contacts: dict[int, Known]
    taken: frozenset[tuple[int, datetime, str, str]]

    @classmethod
    def read(cls, user: User) -> "KnownHistory":
        clients = Client.objects.visible_to(user).current()
        named = ((row, (row.name, row.legal_name, row.external_id, row.tax_number, row.vat_id)) for row in clients)
        people = ((who, (who.username, who.email, who.get_full_name())) for who in User.objects.all())
        keys = Interaction.objects.order_by().values_list("client", "occurred_at", "kind", MD5("summary"))
        return cls(
            user,
            timezone.now(),
            Known(named),
            Known(people),
            _by_client(Contact.objects.filter(client__in=clients)),
            frozenset(keys),
        )


def _by_client(contacts: Iterable[Contact]) -> dict[int, Known]:
    found: dict[int, Known] = {}
    for person in contacts:
        found.setdefault(person.client_id, Known([])).add(person, (str(person), person.email, person.last_name))
    return found


class HistoryRow(RowForm):
    client = forms.CharField()
    occurred_on = DayCell(required=False)
    month_first = MonthFirstCell(required=False)
    clock = ClockCell(required=False)
    kind = WordCell(KINDS, default="call")
    employee = forms.CharField()
    contact = forms.CharField(required=False)
    direction = WordCell(DIRECTIONS, default="both")
    minutes = forms.IntegerField(required=False, min_value=0, max_value=1440)
    summary = forms.CharField(required=False, max_length=5000)
    sentiment = forms.IntegerField(required=False, min_value=-2, max_value=2)

    def __init__(self, values: Mapping[str, str], known: KnownHistory) -> None:
        super().__init__(values)
        self.known = known

    def clean_client(self) -> Client:
        return find_client(self.known.clients, self.cleaned_data["client"])

    def clean_employee(self) -> User:
        missing, shared = _("Nobody here is called “%(value)s”."), _("Several people are called “%(value)s”.")
        found: User = self.known.people.find(self.cleaned_data["employee"], missing=missing, shared=shared)
        return found

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        on = body["occurred_on"] = body.get("month_first") or body.get("occurred_on")
        client = body.get("client")
        if on is None and not {"occurred_on", "month_first"} & self.errors.keys():
            self.add_error("occurred_on", ValidationError(_("Say on which day it was."), code="required"))
        if client:
            self._fill("contact", self._contact, client, body.get("contact") or "")
        if on:
            body["clock"] = body.get("clock") or clock_within(self.data.get("occurred_on", ""))
            body["occurred_at"] = timezone.make_aware(datetime.combine(on, body["clock"] or MIDDAY))
            self._fill("occurred_on", self._past, on, body["occurred_at"])
        if client and on and self._is_here(body):
            self.add_error(None, ValidationError(_("This entry is here already."), code="duplicate"))
        return body

    def _is_here(self, body: dict[str, Any]) -> bool:
        digest = md5(mask_secrets(body.get("summary", "")).encode(), usedforsecurity=False).hexdigest()
        return (body["client"].pk, body["occurred_at"], body.get("kind", ""), digest) in self.known.taken

    def _fill(self, name: str, find: Any, *given: Any) -> None:
        try:
            self.cleaned_data[name] = find(*given)
        except ValidationError as refused:
            self.add_error(name, refused)

    def _contact(self, client: Client, text: str) -> Contact | None:
        missing = _("%(client)s has nobody called “%(value)s”. Import the contacts first, or leave the cell empty.")
        shared = _("Several people of the client are called “%(value)s”. Use the e-mail address.")
        people = self.known.contacts.get(client.pk, Known([]))
        try:
            found: Contact | None = people.find(text, missing=missing, shared=shared) if text else None
        except ValidationError as refused:
            raise ValidationError(refused.message, refused.code, {"client": client.name, "value": text}) from refused
        return found

    def _past(self, on: date, moment: datetime) -> date:
        if timezone.localdate(self.known.now) < on or (moment > self.known.now and self.cleaned_data.get("clock")):
            raise ValidationError(_("This has not happened yet."), code="future")
        return on


def touch_of(form: forms.Form, user: User) -> PastTouch:
    body = form.cleaned_data
    row = Interaction(
        **{name: body[name] for name in ("client", "kind", "direction", "minutes", "sentiment")},
        occurred_at=min(body["occurred_at"], timezone.now()),
        summary=mask_secrets(body["summary"]),
        logged_by=user,
    )
    return PastTouch(row, [body["employee"]], [body["contact"]] if body["contact"] else [])


def write_history(forms_: Sequence[forms.Form], user: User) -> list[Interaction]:
    return write_past_touches([touch_of(form, user) for form in forms_], at=timezone.now())


def undo_history(rows: Sequence[Any], user: User) -> None:
    refuse_changed(rows)
    delete_unused(rows, user)
    refresh_attention({row.client_id for row in rows}, at=timezone.now())


def history_keys(form: forms.Form) -> list[str]:
    body = form.cleaned_data
    return [f"{body['client'].pk} {body['occurred_at']} {body['kind']} {body['employee'].pk} {body['summary']}"]


HISTORY = Kind(
    code="history",
    label=_("History"),
    text=_("One line for each call, meeting, mail or message. Clients and contacts must be here already."),
    fields=(
        Field("client", _("client"), "Brandl Logistik GmbH", required=True),
        Field("occurred_on", _("date"), "26.11.2025"),
        Field("month_first", _("date with the month first")),
        Field("clock", _("time"), "14:30"),
        Field("kind", _("kind"), "call"),
        Field("employee", _("our person"), "Anna Orlova", required=True),
        Field("contact", _("who of the client"), "Jonas Brandl"),
        Field("direction", _("direction"), "both"),
        Field("minutes", _("minutes"), "30"),
        Field("summary", _("summary"), "Asked about the annual accounts"),
        Field("sentiment", _("mood"), "+1"),
    ),
    headers=HISTORY_HEADERS,
    settle=lambda mapping, rows: prefer_month_first(mapping, rows, "occurred_on"),
    known=KnownHistory.read,
    form=HistoryRow,
    keys=history_keys,
    write=lambda form, user: write_history([form], user)[0],
    write_all=write_history,
    model=Interaction,
    undo=undo_history,
    right="interaction.import",
)
