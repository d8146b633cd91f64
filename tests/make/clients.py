"""Clients, their people and the firm's own companies for tests."""

from itertools import count
from typing import Any

from clients.models import Client, Contact, Seller, ServiceLine, TierPolicy

_numbers = count(1)


def make_tiers() -> None:
    """The four tier policies with the domain's defaults."""
    TierPolicy.objects.ensure()


def make_seller(country: str = "DE", **kw: Any) -> Seller:
    """The German seller (EUR, prices with VAT, 15/15 rounding) or the Russian one (RUB)."""
    german = country == "DE"
    fields = {
        "code": country.lower(),
        "name": "Meridian Consulting GmbH" if german else "ООО «Меридиан Аудит»",
        "country": country,
        "currency": "EUR" if german else "RUB",
        "language": "de" if german else "ru",
        "price_includes_tax": True,
        "rounding_step_minutes": 15 if german else 1,
        "rounding_minimum_minutes": 15 if german else 0,
        **kw,
    }
    code = fields.pop("code")
    return Seller.objects.get_or_create(code=code, defaults=fields)[0]


def make_service_line(code: str = "it", **kw: Any) -> ServiceLine:
    return ServiceLine.objects.get_or_create(code=code, defaults={"name": code.upper(), **kw})[0]


def make_client(**kw: Any) -> Client:
    """An active German client of tier B with the German seller."""
    fields = {"name": f"Client {next(_numbers)}", "status": "active", "tier": "b", "country": "DE", **kw}
    if "default_seller" not in fields:
        fields["default_seller"] = make_seller(fields["country"])
    fields.setdefault("currency", fields["default_seller"].currency)
    return Client.objects.create(**fields)


def make_contact(client: Client | None = None, **kw: Any) -> Contact:
    return Contact.objects.create(
        client=client or make_client(),
        **{"first_name": "Jonas", "last_name": "Brandl", "email": "j@brandl.example", **kw},
    )
