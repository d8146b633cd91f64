"""Two clients that look like one and are not: said once, asked no more, until somebody takes it back."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.models import Client, DistinctPair
from crm.db import worded
from crm.models import User


def tell_apart(client: Client, other: Client, *, by: User) -> DistinctPair:
    """ValidationError `invalid` for one and the same, `already_done` the second time."""
    if client.pk == other.pk:
        raise ValidationError({"other": ValidationError(_("A client is not different from itself."), code="invalid")})
    first, second = sorted((client, other), key=lambda each: each.pk)
    pair = DistinctPair(client=first, other=second, said_by=by)
    with worded():
        pair.save()
    return pair


def ids_apart() -> frozenset[tuple[int, int]]:
    """All pairs, the lower number first; one statement."""
    return frozenset(DistinctPair.objects.order_by().values_list("client", "other"))
