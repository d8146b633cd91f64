"""What a person holds towards clients goes to a successor; what they did stays theirs."""

from datetime import date

from django.db.models import F, QuerySet

from clients.models import Client, ClientMember, Inquiry, Promise, Task
from clients.models.client import KEEPERS, kept_by
from clients.services.facts import add_member, end_member
from crm.access import Role
from crm.models import User


def kept_clients(person: User) -> int:
    """Their own, whoever they stand in for at the moment."""
    return Client.objects.filter(kept_by([person.pk])).count()


def may_keep(person: User) -> bool:
    """Whoever keeps clients: the others see no more than a card of them."""
    return person.is_in(Role.ACCOUNT_MANAGER, Role.PARTNER)


def hand_over_clients(giver: User, taker: User, _on: date) -> int:
    """Each of the three ways to answer for a client; nobody stays their own deputy."""
    count = kept_clients(giver)
    for keeper in KEEPERS:
        Client.objects.filter(**{keeper: giver}).update(**{keeper: taker})
    Client.objects.filter(deputy=taker, account_manager=F("deputy")).update(deputy=None)
    return count


def open_promises(person: User) -> int:
    return Promise.objects.open().filter(made_by=person).count()


def hand_over_promises(giver: User, taker: User, _on: date) -> int:
    """Open ones: the successor owes them now. Kept and withdrawn ones stay with who made them."""
    return Promise.objects.open().filter(made_by=giver).update(made_by=taker)


def unfinished_tasks(person: User) -> int:
    return Task.objects.unfinished().filter(assignee=person).count()


def hand_over_tasks(giver: User, taker: User, _on: date) -> int:
    return Task.objects.unfinished().filter(assignee=giver).update(assignee=taker)


def open_inquiries(person: User) -> int:
    return Inquiry.objects.open().filter(owner=person).count()


def hand_over_inquiries(giver: User, taker: User, _on: date) -> int:
    """Open ones: the successor answers them; their promises go over with all others."""
    return Inquiry.objects.open().filter(owner=giver).update(owner=taker)


def memberships(person: User) -> int:
    return _current(person).count()


def hand_over_memberships(giver: User, taker: User, on: date) -> int:
    """The giver's end on the day, the successor's begin; both stay in the history of the client."""
    rows = list(_current(giver).select_related("client").order_by("client"))
    for row in rows:
        add_member(row.client, user=taker, on=on, role=row.role)
        end_member(row, on=on)
    return len(rows)


def _current(person: User) -> QuerySet[ClientMember]:
    return ClientMember.objects.filter(to_on=None, user=person)
