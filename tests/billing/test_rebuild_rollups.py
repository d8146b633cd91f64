"""The command leaves the rows that upkeep wrote, and repairs rows that somebody spoilt."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from billing.models import RevenueDay, WorkMonth
from tests.make import make_client
from tests.make.invoices import make_invoice, make_rate_of

pytestmark = pytest.mark.django_db


def rows() -> list[list[tuple[object, ...]]]:
    kept = (RevenueDay.objects.all(), WorkMonth.objects.all())
    return [sorted((row[1:] for row in found.values_list()), key=str) for found in kept]


def test_a_rebuild_changes_nothing_that_upkeep_wrote() -> None:
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 3, 31))
    make_invoice()
    make_invoice(make_client(country="RU"))
    before = rows()
    out = StringIO()
    call_command("rebuild_rollups", stdout=out)
    assert rows() == before
    assert "revenue: 2 rows" in out.getvalue()


def test_spoilt_rows_are_repaired() -> None:
    make_invoice()
    before = rows()
    RevenueDay.objects.update(net_amount=1)
    WorkMonth.objects.all().delete()
    call_command("rebuild_rollups", stdout=StringIO())
    assert rows() == before
