"""Direct channels of the demo: held by people of the best clients, some on a partner's word, one without a ground."""

from datetime import timedelta

from clients.models import Client, DirectChannelGrant
from clients.services.channels import grant_channel, grounds
from crm.access import Role
from crm.demo.world import World
from crm.models import User

FIRST = 60
Channel = DirectChannelGrant.Channel


def make_channels(world: World) -> None:
    """By ground where there is one; every tenth other client holds a number from better times."""
    partner = world.people[Role.PARTNER][0]
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    clients = list(rows.order_by("pk")[:FIRST])
    found = grounds(clients, on=world.today)
    for number, client in enumerate(clients):
        keeper = client.account_manager or partner
        if found[client.pk]:
            for channel in (Channel.MAIL, Channel.PHONE, Channel.CARD)[: 1 + number % 3]:
                grant_channel(_grant(world, client, keeper, channel, number), by=partner, at=world.now)
        elif number % 10 == 4:
            grant = _grant(world, client, keeper, Channel.PHONE, number)
            grant.basis, grant.granted_by = DirectChannelGrant.Basis.REVENUE, keeper
            grant.save()
        elif number % 10 == 8:
            grant = _grant(world, client, keeper, Channel.CARD, number)
            grant.reason = "Speaks for us at the chamber of commerce"
            grant_channel(grant, by=partner, at=world.now)


def _grant(world: World, client: Client, keeper: User, channel: str, number: int) -> DirectChannelGrant:
    contact = client.contacts.here().order_by("pk").first()
    if contact is None:
        raise LookupError("every client of the demo knows somebody")
    on = world.today - timedelta(days=200 + number)
    return DirectChannelGrant(client=client, contact=contact, employee=keeper, channel=channel, granted_on=on)
