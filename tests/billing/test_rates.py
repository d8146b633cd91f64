"""billing.services.rates: the rows that could hold are loaded once, and the most specific wins on its day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.services.approvals import approve_entries
from billing.services.rates import load_costs, load_prices
from clients.services.merging import merge_client
from tests.make import Cast, make_client, make_cost, make_rate, make_seller, make_service_line, new_entry, submitted
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db


def test_the_most_specific_rate_wins(cast: Cast) -> None:
    client, line = make_client(), make_service_line("audit")
    scopes: list[dict[str, Any]] = [
        {},
        {"service_line": line},
        {"employee": cast.consultant},
        {"employee": cast.consultant, "service_line": line},
        {"client": client},
        {"client": client, "service_line": line},
    ]
    entry = new_entry(client, cast.consultant, service_line=line, seller=client.default_seller)
    for number, scope in enumerate(scopes, start=1):
        make_rate(amount=Decimal(number), **scope)
        price = load_prices([entry]).price_of(entry)
        assert price
        assert price.amount == number


def test_the_worked_day_decides(cast: Cast) -> None:
    client = make_client()
    make_rate(amount=Decimal(140), valid_to=date(2026, 6, 9))
    make_rate(amount=Decimal(150), valid_from=DAY)
    entry = new_entry(client, cast.consultant, seller=client.default_seller)
    price = load_prices([entry]).price_of(entry)
    assert price
    assert price.amount == 150


def test_rates_of_other_companies_clients_and_people_do_not_count(cast: Cast) -> None:
    client = make_client()
    make_rate(make_seller("RU"))
    make_rate(client=make_client())
    make_rate(employee=cast.outsider)
    entry = new_entry(client, cast.consultant, seller=client.default_seller)
    assert load_prices([entry]).price_of(entry) is None


def test_two_rates_of_one_scope_never_overlap() -> None:
    make_rate(valid_to=DAY)
    with pytest.raises(IntegrityError, match="rate_no_overlap"), transaction.atomic():
        make_rate(valid_from=DAY)


def test_the_cost_of_the_day_holds(cast: Cast) -> None:
    make_cost(cast.consultant, "50.00", valid_to=date(2026, 6, 9))
    make_cost(cast.consultant, "60.00", valid_from=DAY)
    costs = load_costs([new_entry(make_client(), cast.consultant)])
    assert costs.cost_of(cast.consultant.pk, on=DAY) == Decimal("60.00")
    assert costs.cost_of(cast.outsider.pk, on=DAY) is None


class TestRates:
    def test_what_was_agreed_with_the_merged_record_holds_for_the_one_that_stayed(self, cast: Cast) -> None:
        kept, gone = make_client(), make_client()
        make_rate()
        make_rate(client=gone, amount=Decimal("120.00"))
        merge_client(gone, into=kept, at=AT)
        entry = submitted(kept, cast.consultant)
        approve_entries([entry.pk], by=cast.partner, at=AT)
        entry.refresh_from_db()
        assert entry.rate_amount == Decimal("120.00")

    def test_its_own_agreement_goes_first(self, cast: Cast) -> None:
        kept, gone = make_client(), make_client()
        make_rate(client=kept, amount=Decimal("130.00"))
        make_rate(client=gone, amount=Decimal("120.00"), valid_from=date(2026, 2, 1))
        merge_client(gone, into=kept, at=AT)
        entry = submitted(kept, cast.consultant)
        approve_entries([entry.pk], by=cast.partner, at=AT)
        entry.refresh_from_db()
        assert entry.rate_amount == Decimal("130.00")
