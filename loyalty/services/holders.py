"""Who holds an amount: a client, its group, industry or account manager; merged clients count for their survivor."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext as _

from clients.models import Client, ServiceLine
from crm.models import User
from crm.web.formats import language


class By(StrEnum):
    """Groups are parent companies with everything below them; an employee is the account manager."""

    CLIENT = "client"
    GROUP = "group"
    INDUSTRY = "industry"
    SERVICE_LINE = "service_line"
    EMPLOYEE = "employee"


type Holder = int | str


class _Ties(NamedTuple):
    parent: int | None
    merged_into: int | None
    industry: str
    manager: int | None


def holders(by: By) -> dict[int, Holder]:
    """Whom each client's amounts count for; "" where the property is unknown. Not for service lines."""
    rows = Client.objects.order_by().values_list("id", "parent", "merged_into", "industry", "account_manager")
    ties = {client: _Ties(parent, into, industry, manager) for client, parent, into, industry, manager in rows}
    merged = {client: tie.merged_into for client, tie in ties.items()}
    final = {client: _end_of(merged, client) for client in ties}
    if by == By.GROUP:
        parents = {client: tie.parent for client, tie in ties.items()}
        return {client: _end_of(parents, survivor) for client, survivor in final.items()}
    if by == By.CLIENT:
        return dict(final)
    named = {c: (tie.industry if by == By.INDUSTRY else tie.manager) or "" for c, tie in ties.items()}
    return {client: named[survivor] for client, survivor in final.items()}


def survivors() -> dict[int, int]:
    """Only the clients that were merged away, with the client that their books count for."""
    merged: dict[int, int | None] = dict(Client.objects.exclude(merged_into=None).values_list("pk", "merged_into"))
    return {client: _end_of(merged, client) for client in merged}


def names_of(by: By, keys: Mapping[Holder, object]) -> dict[Holder, str]:
    if by == By.SERVICE_LINE:
        lines: dict[Holder, str] = {line.pk: line.name_in(language()) for line in ServiceLine.objects.all()}
        return {**lines, "": _("without a service line")}
    if by == By.INDUSTRY:
        return {key: str(key) or _("without an industry") for key in keys}
    known = [key for key in keys if key]
    if by == By.EMPLOYEE:
        people: dict[Holder, str] = {user.pk: str(user) for user in User.objects.filter(pk__in=known)}
        return {**people, "": _("without an account manager")}
    return dict(Client.objects.filter(pk__in=known).values_list("pk", "name"))


def _end_of(pointers: Mapping[int, int | None], start: int) -> int:
    """The end of a chain of pointers; a ring, which nobody should make, ends where it closes."""
    seen, current = {start}, start
    while (following := pointers.get(current)) is not None and following not in seen:
        seen.add(following)
        current = following
    return current
