"""A few promises of the demo whose lead has said early that they will not hold."""

from billing.models import Engagement
from clients.models import Promise
from clients.services.early_warnings import warn_early
from crm.demo.world import World

FEW = 3
WHY = {"de": "Die Daten des Kunden kommen später", "ru": "Данные клиента придут позже"}


def make_early_warnings(world: World) -> None:
    """Of open promises that are due later, to clients for whom somebody leads work."""
    led = Engagement.objects.open().exclude(lead=None)
    rows = Promise.objects.open().filter(client__in=led.values("client")).order_by("current_due_at", "pk")
    for promise in [row for row in rows.select_related("client") if row.due_on > world.today][:FEW]:
        engagement = led.filter(client=promise.client).select_related("lead").order_by("pk").first()
        if engagement and engagement.lead:
            reason = WHY.get(promise.client.language, WHY["de"])
            warn_early(promise, reason=reason, by=engagement.lead, at=world.now)
