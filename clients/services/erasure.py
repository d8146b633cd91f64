"""Erasing a person: everything that names them goes in one transaction, documents that the law wants stay.

Blanked are the columns that each floor registered (clients.services.holdings); names, addresses and numbers are then
replaced in every text of every table, last in the trail, which has noted what was there a moment ago.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Erasure
from clients.models.contact import ERASED
from clients.services.holdings import Holding, Person, holdings, keeping_of, person_of
from clients.services.keepers import first_partner
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.access import Role
from crm.db import worded
from crm.erasing import Left, Place, begin_erasing, blank_trail, end_erasing, find, places, scrub, scrub_trail
from crm.models import User
from crm.sought import Sought

KIND = "erasure"
FIRM_NAMES: dict[type[models.Model], tuple[str, ...]] = {Client: ("name", "legal_name")}
"""A client's name is no person's, even where somebody is called the same."""


@dataclass(slots=True)
class Swept:
    """What an erasure did so far: rows by kind, texts that named the person, and documents that stay."""

    gone: dict[str, int] = field(default_factory=dict)
    mentions: int = 0
    trail: int = 0
    left: dict[tuple[type[models.Model], int], None] = field(default_factory=dict)
    blanked: list[tuple[str, list[int], list[str]]] = field(default_factory=list)

    def receipt(self) -> dict[str, Any]:
        kept = [_kept(model, pk) for model, pk in sorted(self.left, key=lambda each: (each[0]._meta.label, each[1]))]
        return {"gone": self.gone, "mentions": self.mentions, "trail": self.trail, "kept": kept}


@transaction.atomic
def ask_erasure(erasure: Erasure, *, by: User, at: datetime) -> Erasure:
    """Notes that a person asks to be erased, and opens the task of a partner. `already_done`, `future`."""
    if erasure.contact is None:
        raise ValidationError({"contact": ValidationError(_("Say whom it concerns."), code="required")})
    person = Contact.objects.locked().select_related("client").get(pk=erasure.contact.pk)
    if person.erased_at:
        raise ValidationError(_("This person was erased already."), code="already_done")
    if erasure.asked_on > timezone.localdate(at):
        raise ValidationError({"asked_on": ValidationError(_("This has not happened yet."), code="future")})
    erasure.noted_by, erasure.client = by, person.client
    with worded():
        erasure.save()
    open_task(_task(erasure, by, at))
    return erasure


def withdraw_erasure(erasure: Erasure, *, by: User, at: datetime) -> Erasure:
    """The person thought better of it. ValidationError `wrong_status` once it is decided."""
    row = _waiting(erasure)
    return _decide(row, Erasure.State.WITHDRAWN, by=by, at=at)


@transaction.atomic
def erase_person(erasure: Erasure, *, by: User, at: datetime) -> Erasure:
    """Cannot be undone. ValidationError `wrong_status` once decided, `partner` for anybody but a partner."""
    if not by.is_in(Role.PARTNER):
        raise ValidationError(_("Only a partner erases a person."), code="partner")
    row = _waiting(erasure)
    row.receipt = _sweep(row, at=at).receipt()
    return _decide(row, Erasure.State.DONE, by=by, at=at)


def preview_erasure(erasure: Erasure, *, at: datetime) -> dict[str, Any]:
    """The receipt that there would be: the act itself, taken back by the database."""
    with transaction.atomic():
        receipt = _sweep(erasure, at=at).receipt()
        transaction.set_rollback(True)
    return receipt


@transaction.atomic
def _waiting(erasure: Erasure) -> Erasure:
    row = Erasure.objects.locked().get(pk=erasure.pk)
    if row.state != Erasure.State.ASKED:
        raise ValidationError(_("This request is decided already."), code="wrong_status")
    return row


@transaction.atomic
def _decide(row: Erasure, state: str, *, by: User, at: datetime) -> Erasure:
    row.state, row.decided_by, row.decided_at = state, by, at
    row.save(update_fields=["state", "decided_by", "decided_at", "receipt"])
    settle_tasks(KIND, _source(row), at=at, by=by)
    return row


def _sweep(erasure: Erasure, *, at: datetime) -> Swept:
    if erasure.contact is None:
        raise ValidationError(_("This person is not on record any more."), code="wrong_status")
    person, swept = person_of(erasure.contact), Swept()
    begin_erasing(erasure, told={"contacts": list(person.ids)})
    for holding in holdings():
        _empty(holding, person, swept, at)
    _blank_contacts(person, swept, at)
    for place in places(FIRM_NAMES):
        _scrub(place, person, swept)
    _clean_trail(person, swept)
    end_erasing()
    return swept


def _empty(holding: Holding, person: Person, swept: Swept, at: datetime) -> None:
    """Documents that are frozen are noted first; of the rest the columns are blanked."""
    rows = holding.rows(person)
    if holding.is_frozen is not None:
        frozen = list(rows.filter(holding.is_frozen).values_list("pk", flat=True))
        swept.left |= dict.fromkeys((rows.model, pk) for pk in frozen)
        rows = rows.exclude(pk__in=frozen)
    ids = list(rows.values_list("pk", flat=True))
    if ids and holding.blanked:
        _blank(rows.model, ids, holding.blanked, swept)
    if holding.ends is not None:
        holding.ends(person, at)
    if ids and (holding.blanked or holding.ends):
        swept.gone[holding.code] = len(ids)


def _blank(model: type[models.Model], ids: list[int], values: Any, swept: Swept) -> None:
    model._default_manager.filter(pk__in=ids).update(**values)
    columns = [each.column or "" for each in model._meta.concrete_fields if each.name in values]
    swept.blanked.append((model._meta.db_table, ids, columns))


def _blank_contacts(person: Person, swept: Swept, at: datetime) -> None:
    """Who was erased works nowhere any more; an outside key stays, unless it is their address."""
    ids = list(person.ids)
    Contact.objects.filter(pk__in=ids, left_on=None).update(left_on=timezone.localdate(at))
    _blank(Contact, ids, ERASED, swept)
    Contact.objects.filter(pk__in=ids).update(erased_at=at)
    swept.gone["contacts"] = len(ids)


def _scrub(place: Place, person: Person, swept: Swept) -> None:
    keeping = keeping_of(place.model)
    searches: list[tuple[Sought, tuple[int, ...] | None]] = [(person.marks, None)]
    if _is_of_client(place.model):
        searches.append((person.surnames, person.clients))
    for sought, clients in searches:
        if sought and keeping and keeping.is_evidence:
            _stay(find(place, sought, clients=clients), swept)
        elif sought:
            count, left = scrub(place, sought, clients=clients)
            swept.mentions += count
            _stay(left, swept)


def _stay(rows: list[Left], swept: Swept) -> None:
    swept.left |= {(each.model, each.pk): None for each in rows}


def _is_of_client(model: type[models.Model]) -> bool:
    return any(
        column.column == "client_id" and column.related_model is Client for column in model._meta.concrete_fields
    )


def _clean_trail(person: Person, swept: Swept) -> None:
    for table, ids, columns in swept.blanked:
        blank_trail(table, ids, columns)
    if person.marks:
        swept.trail += scrub_trail(person.marks)
    if person.surnames:
        swept.trail += scrub_trail(person.surnames, rows=dict(_rows_of_clients(person)))


def _rows_of_clients(person: Person) -> Iterator[tuple[str, list[int]]]:
    """The rows of each table that belong to the person's clients."""
    for place in places({}):
        if _is_of_client(place.model):
            rows = place.model._default_manager.filter(client_id__in=person.clients)
            yield place.table, list(rows.values_list("pk", flat=True))


def _kept(model: type[models.Model], pk: int) -> dict[str, Any]:
    keeping, row = keeping_of(model), model._default_manager.get(pk=pk)
    until = keeping.until_on(row) if keeping else None
    return {
        "model": model._meta.label_lower,
        "id": pk,
        "title": keeping.title(row) if keeping else f"{pk}",
        "until_on": until.isoformat() if until else None,
    }


def _source(erasure: Erasure) -> str:
    return f"erasure:{erasure.pk}"


def _task(erasure: Erasure, by: User, at: datetime) -> TaskDraft:
    """For a partner, who is not told the name here: the task outlives it."""
    client = erasure.client
    owner = client.executive_owner if client else None
    partner = owner if owner and owner.is_active and owner.is_in(Role.PARTNER) else first_partner()
    return TaskDraft(
        kind=KIND,
        source=_source(erasure),
        assignee=partner or by,
        client=client,
        title=format_lazy(_("Erase a person of {client}"), client=client.name if client else ""),
        detail=_("They asked for it; the law gives a month."),
        due_at=timezone.make_aware(datetime.combine(erasure.due_on, timezone.localtime(at).time())),
        url=reverse("clients:erasure", args=[erasure.pk]),
    )
