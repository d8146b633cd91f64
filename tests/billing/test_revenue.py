"""Revenue: net, by issue, in the base currency; the rollup kept on the way equals a rebuild."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.models import InvoiceLine, RevenueDay
from billing.services.drafting import draft_invoices
from billing.services.issuing import issue_invoice
from billing.services.revenue import rebuild_revenue, split_base
from tests.make import make_client, make_service_line
from tests.make.invoices import make_invoice, make_rate_of, make_series, make_work

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 31)
CENTS = st.integers(-10_000_000, 10_000_000).map(lambda units: Decimal(units).scaleb(-2))


def rows() -> list[tuple[object, ...]]:
    fields = ("client", "seller", "service_line", "issued_on", "net_amount", "invoice_count", "missing_rate_count")
    return sorted(RevenueDay.objects.values_list(*fields), key=str)


def test_an_issued_invoice_is_revenue_of_its_day_and_services() -> None:
    client, audit, law = make_client(), make_service_line("audit"), make_service_line("law")
    make_series(client.default_seller)  # type: ignore[arg-type]
    make_work(client, minutes=60, service_line=audit)
    make_work(client, minutes=120, service_line=law)
    draft = draft_invoices(client, through=MARCH, by=None, on=MARCH).drafts[0]
    assert not RevenueDay.objects.exists()
    issue_invoice(draft, issued_on=MARCH, by=None, at=datetime(2026, 3, 31, tzinfo=UTC))
    found = {row.service_line: (row.net_amount, row.invoice_count) for row in RevenueDay.objects.all()}
    assert found == {audit: (Decimal("126.05"), 1), law: (Decimal("252.10"), 0)}


def test_two_invoices_of_a_day_add_up() -> None:
    client = make_client()
    make_invoice(client)
    make_invoice(client)
    row = RevenueDay.objects.get()
    assert (row.net_amount, row.invoice_count) == (Decimal("2521.00"), 2)


def test_foreign_revenue_is_counted_at_the_rate_of_its_day() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 3, 30))
    make_invoice(make_client(country="RU"), minutes=60, rate="80000.00")
    make_rate_of("EUR", "RUB", "50.00", on=MARCH)
    assert RevenueDay.objects.get().net_amount == Decimal("709.67")


def test_the_one_definition_and_the_rollup_agree() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=MARCH)
    make_invoice()
    make_invoice(make_client(country="RU"), minutes=60, rate="80000.00")
    total = sum(line.revenue for line in InvoiceLine.objects.revenue())  # type: ignore[attr-defined]
    assert total == sum(row.net_amount for row in RevenueDay.objects.all()) == Decimal("1970.17")


def test_a_rebuild_leaves_the_same_rows() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=MARCH)
    client = make_client()
    make_invoice(client)
    make_invoice(client, on=date(2026, 4, 2))
    make_invoice(make_client(country="RU"), on=MARCH)
    before = rows()
    assert rebuild_revenue() == 3
    assert rows() == before


@given(nets=st.lists(CENTS, min_size=1, max_size=8), rate=st.decimals("0.01", "100", places=4))
def test_base_amounts_of_lines_sum_to_that_of_the_document(nets: list[Decimal], rate: Decimal) -> None:
    total = (sum(nets) * rate).quantize(Decimal("0.01"))
    assert sum(split_base(nets, total=total, rate=rate, currency="EUR")) == total
