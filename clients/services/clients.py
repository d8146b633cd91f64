"""Clients: who may be the same firm already, and who keeps whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.search import TrigramWordSimilarity
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, KeyClientDesignation, Task
from clients.rules.names import core_name
from clients.rules.tax_ids import compact
from crm.access import Role
from crm.models import User

ALIKE_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A client that may be the one being typed; `same_tax_id` makes it all but certain."""

    client: Client
    same_tax_id: bool


def find_duplicates(
    user: User, *, name: str, tax_number: str = "", vat_id: str = "", but: int | None = None
) -> list[Duplicate]:
    """Clients with the same tax identifier, then those whose name resembles it without its legal form.

    Of each the user reads what they may (`Client.shows`).
    """
    others = Client.objects.current().with_openness(user).exclude(pk__in=[but] if but else [])
    same = list(others.filter(_same_tax_id(tax_number, vat_id))[:ALIKE_AT_MOST]) if tax_number or vat_id else []
    core = core_name(name)
    alike = others.exclude(pk__in=[client.pk for client in same]).annotate(alike=TrigramWordSimilarity(core, "name"))
    named = alike.filter(name__trigram_word_similar=core).order_by("-alike", "id") if len(core) > 2 else alike.none()
    found = [Duplicate(client, same_tax_id=True) for client in same]
    return [*found, *(Duplicate(client, same_tax_id=False) for client in named[:ALIKE_AT_MOST])]


@transaction.atomic
def assign_manager(clients: Iterable[Client], *, manager: User) -> int:
    """Gives clients to one account manager; says how many changed hands."""
    if not manager.is_active or not manager.is_in(Role.ACCOUNT_MANAGER, Role.PARTNER):
        raise ValidationError({"manager": ValidationError(_("This person does not keep clients."), code="invalid")})
    rows = Client.objects.locked().filter(pk__in=[client.pk for client in clients])
    changed = [row for row in rows if row.account_manager_id != manager.pk]
    for row in changed:
        before, row.account_manager = row.account_manager_id, manager
        row.save(update_fields=["account_manager"])
        pass_tasks(row, giver=before)
    return len(changed)


def pass_tasks(client: Client, *, giver: int | None) -> int:
    """After another person became account manager: what the one before had left to do there is theirs.

    Says how many tasks changed hands; none where there was nobody before, or nobody keeps the client now.
    """
    if giver is None or client.account_manager_id in (None, giver):
        return 0
    left = Task.objects.unfinished().filter(client__in=client.family, assignee=giver)
    return left.update(assignee=client.account_manager_id)


@transaction.atomic
def designate_clients(clients: Iterable[Client], *, type: str, reason: str, on: date) -> int:  # noqa: A002
    """Makes several clients key clients of one type; those that are already stay as they are."""
    held = KeyClientDesignation.objects.filter(type=type, until_on=None).values("client")
    rows = Client.objects.locked().filter(pk__in=[client.pk for client in clients]).exclude(pk__in=held)
    made = [KeyClientDesignation(client=row, type=type, reason=reason, since_on=on) for row in rows]
    for designation in made:
        designation.full_clean()
    return len(KeyClientDesignation.objects.bulk_create(made))


def _same_tax_id(tax_number: str, vat_id: str) -> Q:
    same = Q()
    if tax_number:
        same |= Q(tax_number=compact(tax_number))
    if vat_id:
        same |= Q(vat_id=compact(vat_id))
    return same
