"""Whose rows a person sees: those of a client, and those that were written down for one merged into it since."""

from typing import TYPE_CHECKING

from django.db.models import Q

from clients.models import Client

if TYPE_CHECKING:
    from crm.models import User


def of_own(user: "User") -> Q:
    """Rows of own clients."""
    return Q(client__in=Client.objects.owned_by(user).with_merged())


def of_open(user: "User") -> Q:
    """Rows of clients that the person sees in full."""
    return Q(client__in=Client.objects.open_to(user).with_merged())
