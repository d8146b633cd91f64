"""When service lines tied clients: first and last day of use over all time, and what lies on offer."""

from datetime import UTC, date, datetime

import pytest

from billing.models import Offer, RevenueDay, WorkMonth
from billing.services.client_figures import refresh_money
from clients.models import Client, ClientAnchor
from tests.make import make_client, make_service_line
from tests.make.offers import make_offer
from tests.make.retainers import make_retainer

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]  # rollups are written without their books
ON = date(2026, 11, 22)


def book(client: Client, line: str, issued_on: date, amount: int = 100) -> None:
    assert client.default_seller is not None
    RevenueDay.objects.create(
        client=client,
        seller=client.default_seller,
        service_line=make_service_line(line),
        issued_on=issued_on,
        net_amount=amount,
        standing_amount=amount,
    )


def spans(client: Client) -> dict[str, tuple[date | None, date | None, bool]]:
    rows = ClientAnchor.objects.filter(client=client)
    return {row.service_line.code: (row.first_on, row.last_on, row.is_active) for row in rows}


def test_revenue_prepaid_work_and_retainers_span_from_the_first_day_to_the_last() -> None:
    client = make_client()
    for day in (date(2022, 3, 1), date(2026, 10, 5)):
        book(client, "it", day)
    book(client, "law", date(2023, 5, 1))
    book(client, "law", date(2026, 11, 1), -100)  # a credit note is no use
    prepaid = {"month_on": date(2026, 9, 1), "minutes": 5, "prepaid_minutes": 5}
    WorkMonth.objects.create(client=client, service_line=make_service_line("tax"), **prepaid)
    retainer = make_retainer(client=client, status="active", starts_on=date(2026, 1, 1))
    retainer.service_lines.add(make_service_line("audit"))
    refresh_money(on=ON)
    assert spans(client) == {
        "it": (date(2022, 3, 1), date(2026, 10, 5), True),
        "law": (date(2023, 5, 1), date(2023, 5, 1), False),
        "tax": (date(2026, 9, 1), date(2026, 9, 1), True),
        "audit": (date(2026, 1, 1), ON, True),
    }


def test_a_merged_client_counts_for_the_one_it_was_merged_into() -> None:
    kept, gone = make_client(), make_client()
    book(gone, "it", date(2026, 1, 1))
    refresh_money(on=ON)
    assert set(spans(gone)) == {"it"}
    Client.objects.filter(pk=gone.pk).update(merged_into=kept)
    refresh_money([kept.pk, gone.pk], on=ON)
    assert (set(spans(kept)), spans(gone)) == ({"it"}, {})


@pytest.mark.parametrize(
    ("status", "offered"), [("draft", False), ("sent", True), ("accepted", True), ("declined", False)]
)
def test_what_was_sent_and_is_not_refused_lies_on_offer(status: str, offered: bool) -> None:
    client = make_client()
    offer = make_offer(client=client, valid_until=date(2026, 12, 31), service_line=make_service_line("law"))
    Offer.objects.filter(pk=offer.pk).update(status=status, sent_at=datetime(2026, 11, 3, 12, tzinfo=UTC))
    refresh_money(on=ON)
    found = ClientAnchor.objects.filter(client=client).values_list("offered_on", "first_on", "is_active")
    assert list(found) == ([(date(2026, 11, 3), None, False)] if offered else [])
