"""The history of a client's master data in words; columns and names the reader may not see stay hidden."""

from collections.abc import Sequence

from clients.models import Client
from crm.history import Told, tell
from crm.models import AuditEntry, User

LIMIT = 100


def history(client: Client, user: User) -> Sequence[Told]:
    """The newest changes, told as the page of any object's History tells them."""
    return tell(AuditEntry.objects.of(client)[:LIMIT], user)
