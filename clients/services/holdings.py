"""What is held about a person, floor by floor: upper floors register their rows, nothing here imports them.

A holding says where rows of the person stand, what of them is told in an export, which columns are blanked on erasure
and which rows are frozen documents that stay.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, QuerySet

from clients.models import Client, Contact
from clients.rules.marks import alone, bears, by_surname, everywhere, same_number
from crm.models import AuditEntry, User
from crm.sought import Sought

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

type Words = str | "_StrPromise"


@dataclass(frozen=True, slots=True)
class Person:
    """One person at all clients where they worked. They are found in words by what is sought (`clients.rules.marks`).

    `surnames` is good in rows of `clients` alone, and empty where somebody else there bears the name.
    """

    ids: tuple[int, ...]
    clients: tuple[int, ...]
    marks: Sought
    surnames: Sought


@dataclass(frozen=True, slots=True)
class Holding:
    """`blanked` maps columns to what stands there afterwards; `ends` does whatever else is to end with it.

    `is_frozen` narrows the rows to documents that stay until their retention is over.
    """

    code: str
    label: Words
    rows: Callable[[Person], QuerySet[Any]]
    shown: Sequence[str]
    blanked: Mapping[str, Any] = field(default_factory=dict)
    ends: Callable[[Person, datetime], object] | None = None
    is_frozen: Q | None = None
    right: str = ""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a document that stays is called, without naming anybody, and until which day the law wants it.

    `is_evidence`: it stays as it is although no trigger says so, such as who signed.
    """

    model: type[Model]
    label: Words
    title: Callable[[Any], str]
    until_on: Callable[[Any], date | None]
    is_evidence: bool = False


_holdings: dict[str, Holding] = {}
_keepings: dict[type[Model], Keeping] = {}


def register_holding(*holdings: Holding) -> None:
    """From a module `holdings` of an app; the same code again replaces one."""
    _holdings.update({each.code: each for each in holdings})


def register_keeping(*keepings: Keeping) -> None:
    _keepings.update({each.model: each for each in keepings})


def holdings() -> list[Holding]:
    return list(_holdings.values())


def keeping_of(model: type[Model]) -> Keeping | None:
    return _keepings.get(model)


def person_of(contact: Contact) -> Person:
    """The same person wherever they worked, and by what they are recognised: as they are called now and were before."""
    rows = same_person(contact)
    ids = [row.pk for row in rows]
    clients = list(dict.fromkeys(row.client_id for row in rows))
    known = _written(rows)
    names = {(first, last) for first in known["first_name"] for last in known["last_name"]}
    others = Contact.objects.exclude(pk__in=ids)
    mails, phones = _own_addresses(known, others), _own_numbers(known, others)
    marks = everywhere(_own_names(names, others), mails=mails, phones=phones)
    surnames = by_surname(_own_surnames(known["last_name"], others, clients))
    return Person(tuple(ids), tuple(clients), marks, surnames)


def same_person(contact: Contact) -> list[Contact]:
    """All contacts of one chain of moves."""
    found = {contact.pk}
    while True:
        near = Q(pk__in=found) | Q(known_from__in=found) | Q(moved_to__in=found)
        rows = list(Contact.objects.filter(near).distinct().order_by("pk"))
        if len(rows) == len(found):
            return rows
        found = {row.pk for row in rows}


def _written(rows: Sequence[Contact]) -> dict[str, set[str]]:
    """Every name, address and number of the person that stands in the contacts or in their trail."""
    columns = ("first_name", "last_name", "email", "phone")
    known = {name: {getattr(row, name) for row in rows} for name in columns}
    trail = AuditEntry.objects.filter(table_name=Contact._meta.db_table, object_id__in=[row.pk for row in rows])
    for old, new in trail.values_list("old", "new"):
        for name in columns:
            known[name] |= {side[name] for side in (old or {}, new or {}) if isinstance(side.get(name), str)}
    return {name: {each.strip() for each in values if each.strip()} for name, values in known.items()}


def _own_addresses(known: Mapping[str, set[str]], others: QuerySet[Contact]) -> list[str]:
    """Without those that others share, such as info@."""
    mails = known["email"]
    shared = set(others.filter(email__in=mails).values_list("email", flat=True))
    return alone(mails, others=shared | set(User.objects.filter(email__in=mails).values_list("email", flat=True)))


def _own_numbers(known: Mapping[str, set[str]], others: QuerySet[Contact]) -> list[str]:
    """Without a switchboard's."""
    shared = {same_number(phone) for phone in others.exclude(phone="").values_list("phone", flat=True)}
    return [phone for phone in known["phone"] if same_number(phone) not in shared]


def _own_names(names: Collection[tuple[str, str]], others: QuerySet[Contact]) -> list[tuple[str, str]]:
    """Without names that somebody else here bears as well, and those under which a client does business."""
    firsts, lasts = [first for first, _last in names], [last for _first, last in names]
    same = {"first_name__in": firsts, "last_name__in": lasts}
    shared = {*others.filter(**same).values_list("first_name", "last_name")}
    shared |= {*User.objects.filter(**same).values_list("first_name", "last_name")}
    firms = [
        firm for last in set(lasts) for firm in _firm_names(Q(name__icontains=last) | Q(legal_name__icontains=last))
    ]
    return [
        name for name in sorted(names) if name not in shared and not any(bears(firm, " ".join(name)) for firm in firms)
    ]


def _own_surnames(lasts: Collection[str], others: QuerySet[Contact], clients: Sequence[int]) -> list[str]:
    shared = {*others.filter(client__in=clients, last_name__in=lasts).values_list("last_name", flat=True)}
    shared |= {*User.objects.filter(last_name__in=lasts).values_list("last_name", flat=True)}
    firms = _firm_names(Q(pk__in=clients))
    return [name for name in sorted(lasts) if name not in shared and not any(bears(firm, name) for firm in firms)]


def _firm_names(which: Q) -> list[str]:
    rows = Client.objects.filter(which).values_list("name", "legal_name")
    return [name for row in rows for name in row if name]
