"""Reports on retainers: committed revenue by month without VAT, and the clients that a retainer would suit better."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Discount, Invoice
from billing.reports.commitments import backlog_on, conversion_list
from billing.services.credits import CreditKind, credit_invoice
from billing.services.discounts import ask_for_discount
from billing.services.fees import draft_due_fees
from billing.services.retainers import close_ended_retainers, open_periods
from clients.models import Client, TierPolicy
from clients.services.merging import merge_client
from tests.make import Cast, make_api, make_client, make_service_line
from tests.make.hours import make_engagement
from tests.make.invoices import make_invoice, make_rate_of
from tests.make.retainers import make_retainer
from tests.statements import counted

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ON = date(2026, 6, 1)
RETAINERS = "/api/v1/retainers/"


class TestReports:
    def test_the_backlog_sums_what_is_committed_by_month_without_vat(self, cast: Cast) -> None:
        make_rate_of("EUR", "RUB", "80.00", on=ON)
        make_retainer()
        draft_due_fees(on=ON, at=AT)
        make_retainer(
            make_client(), monthly_fee=Decimal("100.00"), price_includes_tax=False, starts_on=date(2026, 12, 1)
        )
        found = backlog_on(cast.partner, on=ON)
        assert sorted(row.count for row in found.rows) == [6, 12]
        assert found.months[:2] == [(date(2026, month, 1), Decimal("819.67")) for month in (7, 8)]
        assert dict(found.months)[date(2026, 12, 1)] == Decimal("919.67")
        assert found.total == 6 * Decimal("819.67") + 12 * 100
        shown = make_api(cast.partner).get("/api/v1/reports/backlog/?on=2026-06-01").json()
        assert (shown["total"], shown["note"], shown["price_includes_tax"]) == ("6118.02", None, False)
        row = next(row for row in shown["rows"] if row["currency"] == "RUB")
        assert (row["fees"], row["net_amount"], row["base_net_amount"]) == (6, "393442.62", "4918.02")

    def test_nobody_is_committed_beyond_the_end_of_the_contract(self, cast: Cast) -> None:
        make_rate_of("EUR", "RUB", "80.00", on=ON)
        make_retainer(committed_until_on=date(2027, 6, 30), ended_on=date(2026, 8, 31))
        (row,) = backlog_on(cast.partner, on=ON).rows
        assert row.committed_until_on == date(2026, 8, 31)

    @pytest.mark.parametrize("gross", [True, False], ids=["gross", "net"])
    def test_a_discount_is_off_the_backlog_as_it_will_be_off_the_drafts(self, gross: bool, cast: Cast) -> None:
        TierPolicy.objects.ensure()
        TierPolicy.objects.update(discount_ceiling_percent=10)
        kept, gone = make_client(), make_client()
        for client in (kept, gone):
            retainer = make_retainer(client, price_includes_tax=gross, monthly_fee=Decimal("1190.00"), term_months=3)
            terms = {"client": client, "retainer": retainer, "valid_from": date(2026, 1, 1), "reason": "frame contract"}
            discount = Discount(percent=Decimal(10), covers="services", **terms)
            ask_for_discount(discount, by=cast.manager, at=AT)
        merge_client(gone, into=kept, at=AT)
        found = backlog_on(cast.partner, on=ON)
        assert found.total == 6 * (Decimal("900.00") if gross else Decimal("1071.00"))
        run = draft_due_fees(on=date(2026, 12, 1), at=AT)
        assert sum(draft.net_amount for draft in run.drafts) == found.total

    def test_the_backlog_asks_the_same_for_many_contracts(self, cast: Cast) -> None:
        make_retainer(make_client())
        with counted() as few:
            backlog_on(cast.partner, on=ON)
        for _each in range(4):
            make_retainer(make_client())
        with counted() as many:
            backlog_on(cast.partner, on=ON)
        assert len(many) <= len(few)

    def test_what_is_late_comes_this_month(self, cast: Cast) -> None:
        make_rate_of("EUR", "RUB", "80.00", on=ON)
        open_periods(make_retainer(), on=ON, by=None, at=AT)
        assert backlog_on(cast.partner, on=ON).months[0] == (ON, 6 * Decimal("819.67"))

    def test_a_fee_that_an_ended_contract_owes_still_counts(self, cast: Cast) -> None:
        retainer = make_retainer(make_client(), bill_in="arrears", term_months=2)
        open_periods(retainer, on=ON, by=None, at=AT)
        close_ended_retainers(on=ON, at=AT)
        assert [len(row.fees) for row in backlog_on(cast.partner, on=ON).rows] == [2]

    def test_a_missing_rate_leaves_its_sums_open_and_is_named(self, cast: Cast, client: Browser) -> None:
        make_retainer()
        make_retainer(make_client(), monthly_fee=Decimal("100.00"), starts_on=ON, price_includes_tax=False)
        draft_due_fees(on=ON, at=AT)
        shown = make_api(cast.partner).get("/api/v1/reports/backlog/?on=2026-06-01").json()
        assert shown["total"] is None
        assert {row["month"]: row["net_amount"] for row in shown["months"]}["2026-07-01"] is None
        assert shown["months"][-1] == {"month": "2027-05-01", "net_amount": "100.00"}
        assert [row["base_net_amount"] for row in shown["rows"]].count(None) == 1
        assert shown["note"] == "There is no exchange rate for RUB on 1 Jun 2026: Audit subscription."
        client.force_login(cast.partner)
        assert "There is no exchange rate for RUB" in client.get(reverse("billing:backlog_report")).content.decode()

    def test_a_smallest_fee_without_a_rate_is_told(self, cast: Cast) -> None:
        make_retainer()
        shown = make_api(cast.manager).get("/api/v1/reports/conversion/?on=2026-06-01").json()
        assert (shown["smallest_fee"], shown["note"]) == (
            None,
            "There is no exchange rate for RUB on 1 Jun 2026: Audit subscription.",
        )
        make_rate_of("EUR", "RUB", "80.00", on=ON)
        shown = make_api(cast.manager).get("/api/v1/reports/conversion/?on=2026-06-01").json()
        assert (shown["smallest_fee"], shown["note"]) == ("819.67", None)

    def test_three_one_off_engagements_put_a_client_on_the_conversion_list(self, cast: Cast) -> None:
        client = make_client(account_manager=cast.manager)
        for _ in range(2):
            make_engagement(client, started_on=date(2026, 3, 1))
        assert conversion_list(cast.manager, on=ON).rows == []
        make_engagement(client, started_on=date(2026, 3, 1))
        assert [row.client for row in conversion_list(cast.manager, on=ON).rows] == [client]
        shown = make_api(cast.manager).get("/api/v1/reports/conversion/?on=2026-06-01").json()
        assert [row["engagements"] for row in shown["rows"]] == [3]
        make_retainer(client)
        assert conversion_list(cast.manager, on=ON).rows == []

    def test_engagements_older_than_twelve_months_do_not_count(self, cast: Cast) -> None:
        client = make_client(account_manager=cast.manager)
        for _ in range(3):
            make_engagement(client, started_on=date(2025, 6, 1))
        assert conversion_list(cast.manager, on=ON).rows == []


class TestConversionByTime:
    """More by time in an average month than the smallest retainer costs, both without VAT."""

    def retainer(self, fee: str = "119.00") -> None:
        make_retainer(make_client(), monthly_fee=Decimal(fee), price_includes_tax=True)

    def spent(self, cast: Cast, minutes: int, **kw: Any) -> Client:
        client = make_client(account_manager=cast.manager)
        invoice = make_invoice(client, on=ON, minutes=minutes, worked_on=date(2026, 5, 20))
        if kw:
            credit_invoice(invoice, reason="wrong", issued_on=ON, by=cast.finance, at=AT, **kw)
        return client

    def test_both_are_without_vat(self, cast: Cast) -> None:
        self.retainer()
        client = self.spent(cast, 600)
        (row,) = conversion_list(cast.manager, on=ON).rows
        assert (row.client, row.average) == (client, Decimal("105.04"))

    def test_up_to_the_fee_nobody_is_listed(self, cast: Cast) -> None:
        self.retainer("125.00")
        self.spent(cast, 600)
        assert conversion_list(cast.manager, on=ON).rows == []

    def test_discounts_are_off_what_is_spent(self, cast: Cast) -> None:
        self.retainer("123.00")
        line = make_service_line("it")
        clients = [make_client(account_manager=cast.manager) for _number in range(2)]
        ask_for_discount(
            Discount(client=clients[1], percent=Decimal(5), valid_from=date(2026, 1, 1), reason="frame contract"),
            by=cast.manager,
            at=AT,
        )
        for client in clients:
            for own in (line, None):
                make_invoice(client, on=ON, minutes=300, worked_on=date(2026, 5, 20), service_line=own)
        rows = {row.client: row.average for row in conversion_list(cast.manager, on=ON).rows}
        assert rows == {clients[0]: Decimal("105.04")}
        self.retainer("1.00")
        rows = {row.client: row.average for row in conversion_list(cast.manager, on=ON).rows}
        assert rows == {clients[0]: Decimal("105.04"), clients[1]: Decimal("99.79")}
        last = Invoice.objects.filter(client=clients[1]).latest("pk")
        credit_invoice(last, kind=CreditKind.FULL, reason="wrong", issued_on=ON, by=cast.finance, at=AT)
        rows = {row.client: row.average for row in conversion_list(cast.manager, on=ON).rows}
        assert rows[clients[1]] == Decimal("49.90")

    def test_what_a_credit_note_took_back_does_not_count(self, cast: Cast) -> None:
        self.retainer()
        self.spent(cast, 600, kind=CreditKind.FULL)
        assert conversion_list(cast.manager, on=ON).rows == []

    def test_the_page_names_the_client_and_leads_to_a_draft(self, client: Browser, cast: Cast) -> None:
        own = make_client(account_manager=cast.manager)
        for _ in range(3):
            make_engagement(own, started_on=timezone.localdate() - timedelta(days=30))
        client.force_login(cast.manager)
        shown = client.get(reverse("billing:conversion_report")).content.decode()
        assert own.name in shown
        assert f"{reverse('billing:retainer_new')}?client={own.pk}" in shown
