"""Offers of the demo: projects that went over and under their estimate, and offers that wait or were refused."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from billing.models import Offer, OfferItem, OfferSignature, Series, SeriesYear
from billing.services.frozen import sha256_of
from billing.services.offer_documents import canonical_offer
from clients.models import Client
from crm.demo.table import triggers_off
from crm.demo.world import Made, World

TITLES = {
    "DE": ("Second server", "Interface to the warehouse", "Migration of mailboxes", "Training for ten people"),
    "RU": ("Проверка договора", "Трансфертное ценообразование", "Восстановление учёта", "Оптимизация фрахта"),
}
HOURLY = {"DE": Decimal("150.00"), "RU": Decimal("6500.00")}
WAITING = ("draft", "sent", "declined", "expired")


def open_project(world: World, made: Made, line: int, start: date) -> int:
    """An accepted offer for a line of work; its estimate is set once the work is known."""
    offer = _offer(world, made, on=start, status="accepted", line=line, minutes=240)
    _sign(world, offer, made, start + timedelta(days=3))
    return offer


def close_projects(world: World, used: Counter[int]) -> None:
    """Estimates around what was used: one project in three went over, most stayed under."""
    for offer, minutes in used.items():
        estimated = max(60, round(minutes / world.random.uniform(0.75, 1.25) / 60) * 60)
        world.table(Offer).change(offer, estimated_minutes=estimated, signed_minutes=estimated)
        world.table(OfferItem).add(offer_id=offer, position=1, description="Analysis", minutes=estimated // 3)
        rest = estimated - estimated // 3
        world.table(OfferItem).add(offer_id=offer, position=2, description="Work and test", minutes=rest)


def make_waiting_offers(world: World) -> None:
    """Drafts, sent, declined and expired ones, each of both companies; numbers run in order of their days."""
    for country in world.sellers:
        served = [made for made in world.clients if made.country == country and made.left_on is None]
        for place, status in enumerate(WAITING):
            _waiting(world, served[place % len(served)], status)
    for made in world.clients:
        if made.status != Client.Status.LOST and world.chance(0.35):
            _waiting(world, made, world.random.choice((*WAITING, "sent")))
    _number(world)


def freeze_offers() -> None:
    """After the rows are written: what was sent gets the document that the client reads, its hash and signatures' too.

    The triggers would refuse to touch what was sent.
    """
    sent = Offer.objects.exclude(status="draft").filter(document={})
    offers = list(sent.select_related("client", "seller", "contact", "lead", "author", "root"))
    for offer in offers:
        offer.document = canonical_offer(offer)
        offer.document_sha256 = sha256_of(offer.document)
    hashes = {offer.pk: offer.document_sha256 for offer in offers}
    signatures = list(OfferSignature.objects.filter(offer__in=hashes))
    for signature in signatures:
        signature.document_sha256 = hashes[signature.offer_id]
    with triggers_off([Offer._meta.db_table, OfferSignature._meta.db_table]):
        Offer.objects.bulk_update(offers, ["document", "document_sha256"], batch_size=200)
        OfferSignature.objects.bulk_update(signatures, ["document_sha256"], batch_size=500)


def _waiting(world: World, made: Made, status: str) -> None:
    days = world.random.randint(1, 12) if status in ("draft", "sent") else world.random.randint(40, 300)
    minutes = world.random.choice((60, 120, 240, 480, 1200))
    on = world.today - timedelta(days=days)
    offer = _offer(world, made, on=on, status=status, line=made.lines[0], minutes=minutes)
    world.table(OfferItem).add(offer_id=offer, position=1, description="Work and test", minutes=minutes)
    if status == "declined":
        _sign(world, offer, made, on + timedelta(days=6), accepted=False)


def _offer(world: World, made: Made, *, on: date, status: str, line: int, minutes: int) -> int:
    sent = status != "draft"
    at = datetime.combine(on, time(11), tzinfo=world.now.tzinfo)
    return world.table(Offer).add(
        client_id=made.id,
        contact_id=made.contacts[0],
        seller_id=world.sellers[made.country].pk,
        service_line_id=line,
        author_id=made.team[0],
        lead_id=made.team[-1],
        title=world.random.choice(TITLES[made.country]),
        currency=world.sellers[made.country].currency,
        hourly_rate=HOURLY[made.country],
        price_includes_tax=True,
        estimated_minutes=minutes,
        signed_minutes=minutes if status == "accepted" else 0,
        status=status,
        valid_until=on + timedelta(days=30),
        sent_at=at if sent else None,
        decided_at=at + timedelta(days=4) if status in ("accepted", "declined") else None,
        created_at=at,
    )


def _sign(world: World, offer: int, made: Made, on: date, *, accepted: bool = True) -> None:
    world.table(OfferSignature).add(
        offer_id=offer,
        accepted=accepted,
        by_name=made.name,
        at=datetime.combine(on, time(15), tzinfo=world.now.tzinfo),
        recorded_by_id=made.manager,
    )


def _number(world: World) -> None:
    """Numbers what was sent, by day and company."""
    table = world.table(Offer)
    keys = {name: table.keys.index(name) for name in ("id", "seller_id", "sent_at", "number")}
    counters: Counter[tuple[int, int]] = Counter()
    series = {each.seller_id: each for each in Series.objects.filter(kind=Series.Kind.OFFER)}
    sent = [row for row in table.rows if row[keys["sent_at"]] is not None]
    for row in sorted(sent, key=lambda row: (row[keys["sent_at"]], row[keys["id"]])):
        chosen, year = series[row[keys["seller_id"]]], row[keys["sent_at"]].year
        counters[chosen.pk, year] += 1
        row[keys["number"]] = chosen.pattern.format(year=year, number=counters[chosen.pk, year])
    for (pk, year), count in counters.items():
        world.table(SeriesYear).add(series_id=pk, year=year, last_number=count, last_issued_on=date(year, 1, 1))
