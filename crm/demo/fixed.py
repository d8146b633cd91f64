"""Fixed prices of the demo: work under one whose price is invoiced, its hours shown beneath it, for each company."""

from datetime import timedelta
from decimal import Decimal

from billing.models import Offer, TimeEntry
from billing.services.approvals import approve_entries, submit_entries
from billing.services.fixed_offers import draft_fixed_offer
from billing.services.offers import Signer, close_offer, decide_offer, draft_offer, send_offer
from billing.services.time import log_entries
from clients.models import Client
from crm.access import Role
from crm.demo.offers import TITLES
from crm.demo.world import World
from crm.models import User

PRICES = {"DE": Decimal("4760.00"), "RU": Decimal("240000.00")}
DONE = {
    "de": ("Bestand aufgenommen", "Entwurf mit dem Kunden", "Umsetzung", "Abnahme"),
    "ru": ("Сбор данных", "Проект с клиентом", "Исполнение", "Приёмка"),
}
MINUTES = (180, 120, 360, 90)


def make_fixed_prices(world: World) -> None:
    """One delivered with its draft invoice, one still at work."""
    partner = User.objects.working().in_role(Role.PARTNER).order_by("pk")[0]
    for country in sorted(world.sellers):
        rows = Client.objects.in_status("active").filter(country=country).exclude(account_manager=None)
        clients = list(rows.select_related("default_seller", "account_manager").order_by("pk")[:2])
        offers = [_accepted(world, client, country) for client in clients]
        for offer in offers:
            _work(world, offer, partner)
        close_offer(offers[0], reason=Offer.CloseReason.DELIVERED, on=world.today)
        draft_fixed_offer(offers[0], by=None, on=world.today)


def _accepted(world: World, client: Client, country: str) -> Offer:
    at = world.now - timedelta(days=20)
    offer = Offer(
        client=client,
        seller=client.default_seller,
        title=TITLES[country][-1],
        basis=Offer.Basis.FIXED,
        currency=world.sellers[country].currency,
        fixed_price=PRICES[country],
        price_includes_tax=True,
        valid_until=world.today + timedelta(days=14),
        author=client.account_manager,
        lead=client.account_manager,
        contact=client.contacts.order_by("pk").first(),
    )
    sent = send_offer(draft_offer(offer, items=()), at=at)
    return decide_offer(sent, accepted=True, signer=Signer(client.name), at=at + timedelta(days=1))


def _work(world: World, offer: Offer, partner: User) -> None:
    employee = offer.client.account_manager or partner
    words = DONE.get(offer.client.language, DONE["de"])
    entries = [
        TimeEntry(
            client=offer.client,
            employee=employee,
            offer=offer,
            worked_on=world.today - timedelta(days=15 - 3 * place),
            minutes=minutes,
            description=text,
            decision="billable",
        )
        for place, (text, minutes) in enumerate(zip(words, MINUTES, strict=True))
    ]
    saved = log_entries(entries, by=employee, at=world.now)
    submitted = submit_entries([entry.pk for entry in saved], at=world.now)
    approve_entries([entry.pk for entry in submitted], by=partner, at=world.now)
