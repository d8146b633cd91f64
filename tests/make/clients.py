"""Clients, their people and the firm's own companies for tests."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from clients.models import Client, Contact, Need, ScopeRequest, Seller, ServiceLine, TierPolicy
from clients.services.boundaries import save_request
from clients.services.needs import note_need
from tests.make.people import make_user

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


def make_need(client: Client | None = None, line: str = "law", **kw: Any) -> Need:
    """A need of the service that lies a month ahead, as somebody noted it."""
    on = timezone.localdate()
    fields = {"evidence": "The head said so", "due_on": on + timedelta(days=30), "currency": "EUR", **kw}
    by = fields.pop("by", None) or make_user()
    need = Need(client=client or make_client(), service_line=make_service_line(line), **fields)
    return note_need(need, by=by, on=on)


def make_scope_request(
    client: Client | None = None, answer: str = "", *, on: date | None = None, **kw: Any
) -> ScopeRequest:
    """One more report of an hour, answered as agreed or not yet."""
    fields = {"what": "One more report", "estimated_minutes": 60, "reason": "As agreed" if answer else "", **kw}
    now = timezone.now()
    row = ScopeRequest(client=client or make_client(), asked_on=on or timezone.localdate(now), answer=answer, **fields)
    return save_request(row, by=make_user(), at=now)
