"""A new firm's first rows: tier policies, one seller per country with series and VAT, and the four logins."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from billing.models import Series, VatRate
from billing.models.service_acts import WRITTEN_IN
from billing.rules.vat import STATUTORY_RATES
from clients.models import Seller, TierPolicy
from crm.access import Role
from crm.models import Firm, User

SELLERS: Mapping[str, Mapping[str, Any]] = {
    "de": {
        "name": "GmbH",
        "country": "DE",
        "currency": "EUR",
        "language": "de",
        "price_includes_tax": True,
        "rounding_step_minutes": 15,
        "rounding_minimum_minutes": 15,
        "direct_channel_threshold": 100_000,
        "overrun_legal_basis": "§ 649 BGB",
    },
    "ru": {
        "name": "ООО",
        "country": "RU",
        "currency": "RUB",
        "language": "ru",
        "price_includes_tax": True,
        "payment_terms_days": 10,
        "overrun_legal_basis": "п. 5 ст. 709 ГК РФ",
    },
}
SERIES = {
    Series.Kind.INVOICE: ("RE", "{year}-{number:04}"),
    Series.Kind.CREDIT_NOTE: ("KO", "K{year}-{number:04}"),
    Series.Kind.OFFER: ("AN", "A{year}-{number:04}"),
}
ACTS = {
    Series.Kind.ACT: ("AKT", "{year}-{number:04}"),
    Series.Kind.ADVANCE_VAT: ("SFA", "A{year}-{number:04}"),
}
LOGINS: Mapping[str, tuple[Role, str, str]] = {
    "partner": (Role.PARTNER, "Partner", "One"),
    "manager": (Role.ACCOUNT_MANAGER, "Manager", "One"),
    "consultant": (Role.CONSULTANT, "Consultant", "One"),
    "finance": (Role.FINANCE, "Finance", "One"),
}
DEMO_PASSWORD = "demo"  # noqa: S105 (the demo's, refused when DEBUG is off)


@transaction.atomic
def start_firm(*, at: datetime, with_passwords: bool) -> Firm:
    """Adds what is missing and changes nothing that is there; safe to run at every start.

    The four logins get the demo password only `with_passwords`; otherwise they have none until one is set by mail.
    """
    firm = Firm.load()
    TierPolicy.objects.ensure()
    for code, fields in SELLERS.items():
        seller, _made = Seller.objects.get_or_create(code=code, defaults=fields)
        for kind, (series, pattern) in _series(seller).items():
            Series.objects.get_or_create(seller=seller, kind=kind, defaults={"code": series, "pattern": pattern})
    _add_vat_rates()
    _add_logins(at, with_passwords=with_passwords)
    return firm


def _series(seller: Seller) -> Mapping[Series.Kind, tuple[str, str]]:
    return SERIES | (ACTS if seller.country == WRITTEN_IN else {})


def _add_vat_rates() -> None:
    if VatRate.objects.exists():
        return
    VatRate.objects.bulk_create(
        VatRate(
            country=rate.country,
            category=rate.kind.value,
            rate=rate.percent,
            valid_from=rate.valid_from,
            valid_to=rate.valid_to,
        )
        for rate in STATUTORY_RATES
    )


def _add_logins(at: datetime, *, with_passwords: bool) -> None:
    for username, (role, first, last) in LOGINS.items():
        if User.objects.filter(username=username).exists():
            continue
        user = User(username=username, roles=[role], first_name=first, last_name=last, date_joined=at)
        if with_passwords:
            user.set_password(DEMO_PASSWORD)
        else:
            user.set_unusable_password()
        user.save()
