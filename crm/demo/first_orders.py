"""Clients of the demo that ordered for the first time not long ago: their plans, some nearly done, some just begun."""

from datetime import timedelta

from billing.models import Offer
from clients.models import Client, Task
from clients.services.first_orders import KIND, open_plan
from clients.services.tasks import dismiss_task
from crm.access import Role
from crm.demo.world import World

NEWEST = 6
AGES = (2, 9, 21, 38, 55, 80)


def make_first_orders(world: World) -> None:
    """The clients that came last, as if each had ordered lately for the first time."""
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for client, days in zip(rows.order_by("-since_on", "pk")[:NEWEST], AGES, strict=False):
        offer = Offer.objects.filter(client=client).exclude(number="").order_by("pk").first()
        occasion = f"{offer.number}, {offer.title}" if offer else client.name
        open_plan(client, ordered_on=world.today - timedelta(days=days), occasion=occasion, at=world.now)
    left = Task.objects.unfinished().filter(kind=KIND, source__endswith=":checkpoint").order_by("pk").first()
    if left:
        by = world.people[Role.PARTNER][0]
        dismiss_task(left, reason="One delivery, nothing to look at in between", by=by, at=world.now)
