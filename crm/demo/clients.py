"""Clients with heavy-tailed weight, their people, who works for them, and why some of them are key."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from stdnum.ru.inn import calc_company_check_digit

from billing.services.frozen import freeze_buyer
from clients.models import Client, ClientMember, Contact, KeyClientDesignation, StatusChange, TierChange
from crm.access import Role
from crm.demo.firm import LINES
from crm.demo.names import CITIES, INDUSTRIES, POSITIONS, STREETS, company, person
from crm.demo.world import Made, World

GERMAN_SHARE = 0.6
TIERS = ((0.04, "vip"), (0.20, "a"), (0.50, "b"), (1.01, "c"))
SHOWCASE = (("Северный Причал, АО", "RU"), ("Brandl Maschinenbau GmbH", "DE"))
"""The two largest clients, whom the documentation and its pictures name."""

E_INVOICES = (Client.EInvoice.NONE, Client.EInvoice.ZUGFERD, Client.EInvoice.NONE, Client.EInvoice.XRECHNUNG)
"""What German clients take, in turn."""


def make_clients(world: World) -> None:
    """All clients of the firm, largest weight first, so that tiers follow weight."""
    weights = sorted((world.random.lognormvariate(0, 1.35) for _ in range(world.scale.clients)), reverse=True)
    taken: set[str] = set()
    for place, weight in enumerate(weights):
        made = _client(world, weight, place, taken)
        _people(world, made)
        _membership(world, made)
        _designations(world, made, place)
        world.clients.append(made)


def _client(world: World, weight: float, place: int, taken: set[str]) -> Made:
    random, country = world.random, "DE" if world.chance(GERMAN_SHARE) else "RU"
    if place < len(SHOWCASE):
        country = SHOWCASE[place][1]
    joined, left, status = _life(world, place)
    tier = next(tier for limit, tier in TIERS if place / world.scale.clients < limit)
    managers = world.people[Role.ACCOUNT_MANAGER]
    own_lines = [world.lines[code].pk for code, line in LINES.items() if line[3] == country]
    wide = 1.5 if tier in ("b", "c") else 3.5
    made = Made(
        id=0,
        name=SHOWCASE[place][0] if place < len(SHOWCASE) else company(random, country, taken),
        country=country,
        weight=weight,
        tier=tier,
        status=status,
        joined_on=joined,
        left_on=left,
        manager=(
            managers[0] if place < len(SHOWCASE) or world.chance(world.scale.own_share) else random.choice(managers)
        ).pk,
        team=_team(world, place),
        payer_days=random.choice((2, 5, 9, 14, 20, 31, 48)),
        lines=random.sample(own_lines, k=min(len(own_lines), 1 + int(random.random() * wide))),
        showcase=place < len(SHOWCASE),
    )
    values = _values(world, made, place)
    made.id = world.table(Client).add(**values)
    world.buyers[made.id] = freeze_buyer(Client(**values))
    _history(world, made.id, status, left, made.manager)
    return made


def _is_own(world: World, place: int) -> bool:
    return place < len(SHOWCASE) or world.chance(world.scale.own_share)


def _team(world: World, place: int) -> list[int]:
    consultants = world.people[Role.CONSULTANT]
    team = world.random.sample(consultants, k=min(len(consultants), 1 + place % 3))
    if _is_own(world, place) and consultants[0] not in team:
        team[0] = consultants[0]
    return [user.pk for user in team]


def _values(world: World, made: Made, place: int) -> dict[str, Any]:
    random, seller = world.random, world.sellers[made.country]
    postcode, city = random.choice(CITIES[made.country])
    partner = random.choice(world.people[Role.PARTNER]).pk
    return {
        "name": made.name,
        "legal_name": made.name,
        "status": made.status,
        "status_on": made.left_on or made.joined_on,
        "tier": made.tier,
        "account_manager_id": made.manager,
        "executive_owner_id": partner if made.tier in ("vip", "a") else None,
        "street": f"{random.choice(STREETS[made.country])} {random.randint(1, 90)}",
        "postcode": postcode,
        "city": city,
        "country": made.country,
        "currency": seller.currency,
        "language": made.country.lower(),
        "industry": random.choice(INDUSTRIES[made.country]),
        "billing_email": f"invoices{place}@client.example",
        "e_invoice": E_INVOICES[place % len(E_INVOICES)] if made.country == "DE" else Client.EInvoice.NONE,
        "buyer_reference": f"PO-{4000 + place}" if made.country == "DE" else "",
        **(_russian_ids(place) if made.country == "RU" else {}),
        **discount_terms(made),
        "default_seller_id": seller.pk,
        "since_on": made.joined_on,
        "created_at": _noon(world, made.joined_on),
    }


def discount_terms(made: Made) -> dict[str, Any]:
    """Every fifth German client keeps 2 % of what it pays within ten days."""
    agreed = made.country == "DE" and made.id % 5 == 0
    return {"cash_discount_percent": Decimal("2.00"), "cash_discount_days": 10} if agreed else {}


def _russian_ids(place: int) -> dict[str, str]:
    """INN with its check digit, KPP, and the id under which an EDO operator knows the company."""
    body = f"78{place:07d}"
    inn, kpp = f"{body}{calc_company_check_digit(body)}", "780101001"
    return {"tax_number": inn, "registration_reason": kpp, "e_address": f"2BM-{inn}-{kpp}-{place:012d}"}


def _life(world: World, place: int) -> tuple[date, date | None, str]:
    """Joined, left and status: some are prospects, some dormant, some lost; the largest stay."""
    days = world.scale.months * 30
    joined = world.today - timedelta(days=world.random.randint(40, days + 400))
    if place < 3:
        return world.today - timedelta(days=days + 700), None, Client.Status.ACTIVE
    dice = world.random.random()
    if dice < 0.06:
        return world.today - timedelta(days=world.random.randint(1, 60)), None, Client.Status.PROSPECT
    age = (world.today - joined).days
    if dice < 0.28 and age > 300:
        left = joined + timedelta(days=world.random.randint(200, age - 60))
        return joined, left, Client.Status.LOST if (world.today - left).days > 90 else Client.Status.DORMANT
    return joined, None, Client.Status.ACTIVE


def _history(world: World, client: int, status: str, left: date | None, manager: int) -> None:
    if left is not None:
        world.table(StatusChange).add(
            client_id=client,
            old=Client.Status.ACTIVE,
            new=status,
            confirmed_on=left,
            reason="No orders since then." if status == Client.Status.LOST else "Quiet since then.",
            made_by_id=manager,
            made_at=_noon(world, left),
        )
    if world.chance(0.15):
        world.table(TierChange).add(
            client_id=client, old="c", new="b", reason="Grew over the year.", made_by_id=manager, made_at=world.now
        )


def _people(world: World, made: Made) -> None:
    random = world.random
    for place in range(1 + min(5, int(made.weight) + random.randint(0, 2))):
        level = Contact.Level.MANAGEMENT if place == 0 or world.chance(0.25) else Contact.Level.STAFF
        first, last = person(random, made.country)
        deciding = place == 0
        contact = world.table(Contact).add(
            client_id=made.id,
            first_name=first,
            last_name=last,
            position=random.choice(POSITIONS[level]),
            email=f"person{place}.{made.id}@client.example",
            phone=f"+{49 if made.country == 'DE' else 7} {random.randint(200, 999)} {random.randint(100000, 999999)}",
            buying_role=random.choice(("customer", "both")) if deciding else random.choice(("consumer", "both")),
            level=level,
            influence="decision_maker" if deciding else random.choice(("influencer", "user", "gatekeeper")),
            birthday=_birthday(world),
            language=made.country.lower(),
            created_at=_noon(world, made.joined_on),
        )
        made.contacts.append(contact)


def _birthday(world: World) -> date | None:
    """Birthdays all over the year, a few of them this week."""
    if world.chance(0.15):
        return None
    ahead = world.random.randint(0, 9) if world.chance(0.06) else world.random.randint(0, 364)
    day = world.today + timedelta(days=ahead)
    return date(world.random.randint(1958, 1998), day.month, min(day.day, 28))


def _membership(world: World, made: Made) -> None:
    for user in made.team:
        world.table(ClientMember).add(client_id=made.id, user_id=user, role="", from_on=made.joined_on)


def _designations(world: World, made: Made, place: int) -> None:
    """The largest are foundation; a few others are prospective, image, tester or special."""
    add, since = world.table(KeyClientDesignation).add, made.joined_on
    if place < max(2, world.scale.clients // 40):
        add(client_id=made.id, type="large_regular", reason="Steady for years.", since_on=since, quality_yardstick=True)
    elif place % 19 == 7:
        review = world.today + timedelta(days=world.random.randint(-20, 120))
        add(
            client_id=made.id,
            type="prospective",
            reason="Opens a second plant.",
            since_on=since,
            current_value=2000,
            potential_value=20_000,
            review_on=review,
        )
    elif place % 23 == 5:
        add(client_id=made.id, type="image", reason="Known in the whole branch.", since_on=since)
    elif place % 29 == 11:
        add(client_id=made.id, type="tester", reason="Their engineers find what others miss.", since_on=since)
    elif place % 41 == 13:
        add(client_id=made.id, type="special", reason="Helped the firm in its first year.", since_on=since)


def _noon(world: World, on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, tzinfo=world.now.tzinfo)
