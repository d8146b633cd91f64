"""Direct channels of the demo: held by people of the best clients, some on a partner's word, one without a ground."""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.models import Offer, TimeEntry
from billing.services.inquiry_sales import link_sale
from clients.models import Client, DirectChannelGrant, Inquiry, Interaction, PersonalRelationship
from clients.services.channels import grant_channel, grounds
from clients.services.distance import declare_relationship
from clients.services.inquiries import Ending, end_inquiry, route_inquiry
from clients.services.interactions import log_interaction
from crm.access import Role
from crm.demo.world import World
from crm.models import User

FIRST = 60
Channel = DirectChannelGrant.Channel
Outcome = Inquiry.Outcome
ASKED = (
    ("Does the update touch our price lists?", Outcome.ANSWERED_FREE, "No, they stay as they are", 10, 0),
    ("Can you look at the contract before Friday?", "", "", 0, 0),
    ("What would a second site cost?", Outcome.OFFER, "Offer sent", 5, 2400),
    ("The backup report looks odd", Outcome.PACKAGE_DRAW, "Checked from the package", 0, 180),
    ("Which deadline holds for the filing?", Outcome.ANSWERED_FREE, "The end of the month", 15, 0),
    ("Who trains our new colleague?", "", "", 0, 0),
)


def make_channels(world: World) -> None:
    """By ground where there is one; every tenth other client holds a number from better times."""
    _grants(world)
    make_calls(world)
    make_inquiries(world)
    make_distance(world)


def _grants(world: World) -> None:
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


def make_calls(world: World) -> None:
    """A year of calls on the direct lines, some missed; yesterday's waits to be called back."""
    lines = DirectChannelGrant.objects.current().filter(channel=Channel.PHONE).select_related("client", "contact")
    for number, line in enumerate(lines.select_related("employee").order_by("pk")):
        for back in range(3 + number % 4):
            at = world.now - timedelta(days=11 + 29 * back, hours=2)
            _call(line, at=at, is_missed=back % 3 == 2)
            if back % 3 == 2 and number % 2:
                _call(line, at=at + timedelta(minutes=40), is_missed=False, direction="out")
        if number == 0:
            _call(line, at=world.now - timedelta(hours=3), is_missed=True)


def _call(line: DirectChannelGrant, *, at: datetime, is_missed: bool, direction: str = "in") -> None:
    log_interaction(
        line.client,
        by=line.employee,
        occurred_at=at,
        at=at,
        contacts=[line.contact],
        employees=[line.employee],
        kind=Interaction.Kind.CALL,
        direction=direction,
        is_missed=is_missed,
        minutes=None if is_missed else 6,
    )


def make_inquiries(world: World) -> None:
    """Of clients without a line: open ones, advice for nothing, and what became an offer."""
    consultants, lines = world.people.get(Role.CONSULTANT, []), sorted(world.lines.values(), key=lambda each: each.code)
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for number, client in enumerate(rows.order_by("pk")[20:50:2]):
        keeper = client.account_manager or world.people[Role.PARTNER][0]
        text, outcome, answer, minutes, sold = ASKED[number % len(ASKED)]
        at = world.now - timedelta(days=1 + 7 * number if outcome else number % 3, hours=3)
        inquiry = Inquiry(
            client=client,
            contact=client.contacts.order_by("pk").first(),
            wanted=keeper if number % 2 else None,
            channel=Inquiry.Channel.CALL if number % 3 else Inquiry.Channel.EMAIL,
            route=Inquiry.Route.values[number % 3],
            received_at=at,
            text=text,
            reply="We call back today; the hotline has taken it down",
            owner=consultants[number % len(consultants)] if number % 2 and consultants else keeper,
        )
        route_inquiry(inquiry, by=keeper, at=at)
        if outcome:
            line = lines[number % len(lines)]
            amount = Decimal(sold) * (90 if client.currency == "RUB" else 1) if sold else None
            ending = Ending(outcome=outcome, answer=answer, minutes=minutes, service_line=line, sold=amount)
            end_inquiry(inquiry, ending, at=at + timedelta(hours=2))
            _link(inquiry, outcome, by=keeper, at=at + timedelta(hours=2))


def _link(inquiry: Inquiry, outcome: str, *, by: User, at: datetime) -> None:
    """To an offer that the client accepted, or to work that a package paid, where there is one."""
    if outcome == Outcome.OFFER:
        offer = Offer.objects.filter(client=inquiry.client, status__in=["accepted", "closed"]).order_by("-pk").first()
        if offer:
            link_sale(inquiry, offer=offer, by=by, at=at)
    elif outcome == Outcome.PACKAGE_DRAW:
        paid = TimeEntry.objects.filter(client=inquiry.client, coverages__account__package__isnull=False)
        if entry := paid.filter(coverages__drawn_minutes__gt=0).order_by("-worked_on", "pk").first():
            link_sale(inquiry, entry=entry, by=by, at=at)


def make_distance(world: World) -> None:
    """One friendship, and a few dinners; one guest is over the cap."""
    partner = world.people[Role.PARTNER][0]
    rows = Client.objects.in_status("active").exclude(account_manager=None).order_by("pk")
    for number, client in enumerate(rows[:8]):
        guest = client.contacts.order_by("pk").first()
        keeper = client.account_manager or partner
        if number == 5 and guest:
            row = PersonalRelationship(
                client=client, contact=guest, employee=keeper, kind="friend", note="School friends"
            )
            row.declared_on = world.today - timedelta(days=90)
            declare_relationship(row, at=world.now)
        if number % 2 == 0 and guest:
            log_interaction(
                client,
                by=keeper,
                occurred_at=world.now - timedelta(days=8 + 17 * number),
                at=world.now,
                contacts=[guest],
                kind=Interaction.Kind.HOSPITALITY,
                direction=Interaction.Direction.BOTH,
                initiated_by=Interaction.Initiator.US,
                reason="Ten years of working together" if number else "Thanks for the reference",
                cost=Decimal(58 + 40 * (number % 4)),
                minutes=90,
            )
