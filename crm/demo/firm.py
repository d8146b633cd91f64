"""The firm of the demo: its people with roles and cost, its two sellers, what they sell and for how much."""

from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.hashers import make_password
from django.db.models.functions import Now

from billing.models import CostRate, DatevSettings, ExchangeRate, Rate
from billing.services.datev_settings import accounts_of, keep_datev_settings
from clients.models import BankAccount, Seller, ServiceLine
from crm.access import Role
from crm.demo.names import PEOPLE
from crm.demo.world import World
from crm.models import Firm, User

LOGINS = {
    "partner": ("Irina", "Belova", Role.PARTNER, "Partner", "ru"),
    "manager": ("Anna", "Orlova", Role.ACCOUNT_MANAGER, "Account manager", "en"),
    "consultant": ("Jonas", "Keller", Role.CONSULTANT, "Senior consultant", "de"),
    "finance": ("Marina", "Reuter", Role.FINANCE, "Finance", "de"),
}
LINES = {
    "it": ("IT operations", "ИТ-сопровождение", "IT-Betrieb", "DE"),
    "software": ("Software", "Программы", "Software", "DE"),
    "training": ("Training", "Обучение", "Schulung", "DE"),
    "audit": ("Audit", "Аудит", "Wirtschaftsprüfung", "RU"),
    "law": ("Law", "Право", "Recht", "RU"),
    "finance": ("Finance", "Финансы", "Finanzen", "RU"),
    "freight": ("Freight", "Грузоперевозки", "Fracht", "RU"),
}
SELLERS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "de": (
        {
            "name": "Meridian Consulting GmbH",
            "street": "Lindwurmstraße 44",
            "postcode": "80337",
            "city": "München",
            "vat_id": "DE318204771",
            "register_entry": "Amtsgericht München, HRB 000000",
            "contact_name": "Marina Reuter",
            "director_name": "Irina Belova",
            "phone": "+49 89 5550100",
            "email": "finance@meridian.example",
        },
        {"iban": "DE89370400440532013000", "bic": "COBADEFFXXX", "bank_name": "Musterbank"},
    ),
    "ru": (
        {
            "name": "ООО «Меридиан Аудит»",
            "street": "Невский проспект, 100",
            "postcode": "191025",
            "city": "Санкт-Петербург",
            "tax_number": "7707083893",
            "registration_reason": "780101001",
            "register_entry": "ОГРН 1027700132195",
            "contact_name": "Марина Рейтер",
            "director_name": "Белова Ирина Сергеевна",
            "edo_id": "2BM-7707083893-780101001-202001150000000000000",
            "phone": "+7 812 5550100",
            "email": "finance@meridian.example",
        },
        {
            "account_number": "40702810900000000001",
            "bik": "044525225",
            "correspondent_account": "30101810400000000225",
            "bank_name": "Примерный банк",
        },
    ),
}
ADVANCES_SINCE = date(2026, 1, 1)
HOURLY = {"DE": Decimal(150), "RU": Decimal(6500)}
LINE_RATES = {"audit": Decimal(8000), "law": Decimal(9000), "training": Decimal(165)}


def make_firm(world: World) -> None:
    """Fills sellers, service lines and people; the sellers themselves come from `start_firm`."""
    _make_lines(world)
    _make_people(world)
    _make_prices(world)
    _make_exchange_rates(world)


def dress_sellers() -> None:
    """Gives the two companies of a fresh firm their names, addresses and accounts."""
    for code, (fields, account) in SELLERS.items():
        seller = Seller.objects.get(code=code)
        for name, value in fields.items():
            setattr(seller, name, value)
        seller.save()
        BankAccount.objects.get_or_create(seller=seller, currency=seller.currency, defaults=account)
        if seller.country == "DE":
            settings = DatevSettings(seller=seller, adviser_number=29098, client_number=55003, initials="MR")
            settings.advances_since_on = ADVANCES_SINCE
            keep_datev_settings(settings, accounts=accounts_of(settings))
    Firm.objects.filter(pk=1).update(name="Meridian", onboarded_at=Now())


def _make_lines(world: World) -> None:
    for code, (name, name_ru, name_de, _country) in LINES.items():
        names = {"name": name, "name_ru": name_ru, "name_de": name_de}
        world.lines[code] = ServiceLine.objects.get_or_create(code=code, defaults=names)[0]


def _make_people(world: World) -> None:
    """The four logins first, then managers and consultants up to the scale's number of people."""
    people = {name: _login(name) for name in LOGINS}
    others = world.scale.people - len(people)
    managers = [_colleague(number, Role.ACCOUNT_MANAGER) for number in range(max(2, others // 6))]
    partners = [_colleague(900 + number, Role.PARTNER) for number in range(max(1, others // 20))]
    rest = others - len(managers) - len(partners)
    consultants = [_colleague(100 + number, Role.CONSULTANT) for number in range(rest)]
    world.people = {
        Role.PARTNER: [people["partner"], *partners],
        Role.ACCOUNT_MANAGER: [people["manager"], *managers],
        Role.CONSULTANT: [people["consultant"], *consultants],
        Role.FINANCE: [people["finance"]],
    }


def _login(username: str) -> User:
    first, last, role, position, language = LOGINS[username]
    fields = {"first_name": first, "last_name": last, "roles": [role], "position": position, "language": language}
    fields["email"] = f"{username}@meridian.example"
    user, _made = User.objects.update_or_create(username=username, defaults=fields)
    return user


_UNUSABLE = make_password(None)


def _colleague(number: int, role: Role) -> User:
    country = "RU" if number % 2 else "DE"
    first_names, last_names = PEOPLE[country]
    first, last = first_names[number % len(first_names)], last_names[(number * 7) % len(last_names)]
    username = f"{role.value}{number}"
    return User.objects.create(
        username=username,
        first_name=first,
        last_name=last,
        roles=[role],
        email=f"{username}@meridian.example",
        password=_UNUSABLE,
        holiday_calendar=country,
        weekly_minutes=2400 if number % 5 else 1920,
        position=str(role.label),
    )


def _make_prices(world: World) -> None:
    since = world.today - timedelta(days=40 * 31)
    for country, seller in world.sellers.items():
        _rate(seller.pk, country, HOURLY[country], since)
        for code, (_name, _ru, _de, line_country) in LINES.items():
            if line_country == country and code in LINE_RATES:
                _rate(seller.pk, country, LINE_RATES[code], since, line=world.lines[code])
    for people in world.people.values():
        for user in people:
            cost = Decimal(38 + user.pk % 5 * 6)
            world.cost[user.pk], world.names[user.pk] = cost, str(user)
            CostRate.objects.get_or_create(employee=user, valid_from=since, defaults={"cost_per_hour": cost})


def _rate(seller: int, country: str, amount: Decimal, since: date, line: ServiceLine | None = None) -> None:
    currency = "EUR" if country == "DE" else "RUB"
    scope = {"seller_id": seller, "service_line": line, "client": None, "employee": None, "valid_from": since}
    Rate.objects.get_or_create(**scope, defaults={"amount": amount, "currency": currency, "price_includes_tax": True})


def _make_exchange_rates(world: World) -> None:
    """One rate a day for the whole window, wandering as the central bank's does."""
    table, rate = world.table(ExchangeRate), Decimal("98.00")
    for back in range(40 * 31, -1, -1):
        rate = max(Decimal(80), min(Decimal(112), rate + Decimal(world.random.randint(-60, 60)) / 100))
        on = world.today - timedelta(days=back)
        world.rates[on] = rate
        table.add(base="EUR", quote="RUB", rate=rate, valid_on=on, source="cbr")
