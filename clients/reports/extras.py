"""What stands before an extra: a word that was broken is mended by keeping the next ones, not by a gift."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from clients.models import CarePolicy, Client, Promise
from clients.rules.promises import promises_first
from clients.services.promise_rates import rates_of
from crm.models import User
from crm.web.formats import write_percent

WINDOW = timedelta(days=90)


def promises_first_words(user: User, client: Client | None, *, at: datetime) -> str:
    """Promises first, with the figures, while the honour rate of the client (else one's own) is below target.

    Nothing of a client whose card is all that the person sees.
    """
    if client and not Client.objects.open_to(user).filter(pk=client.pk).exists():
        return ""
    made = Promise.objects.filter(client__in=client.family) if client else Promise.objects.filter(made_by=user)
    rates = rates_of(made.filter(due_at__range=(at - WINDOW, at)), at=at)
    target = CarePolicy.read().honour_share
    if not promises_first(rates, target=target):
        return ""
    words = _("Promises first: %(share)s of %(n)s promises were honoured in 90 days, the target is %(target)s.")
    share, wanted = write_percent(rates.honour_rate or 0, 0), write_percent(target, 0)
    return words % {"share": share, "n": rates.n, "target": wanted}
