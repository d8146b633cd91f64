"""The statement of a package in every form, and the liability of prepaid hours."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pypdfium2 import PdfDocument

from billing.documents.statements import statement_paper
from billing.models import HourPackage
from billing.reports.liability import liabilities
from billing.reports.packages import lead_of, package_context, statement
from billing.services.approvals import approve_entries
from billing.services.endings import end_hours
from billing.services.ledger import adjust_balance
from billing.services.packages import top_up
from billing.services.refunds import refund_package
from billing.services.statements import share_package
from crm.invariants import find_breaches
from crm.models import SignedLink
from tests.make import Cast, log, make_api, make_client, make_engagement, make_package, submitted
from tests.make.hours import AT, DAY
from tests.statements import counted

pytestmark = pytest.mark.django_db
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture
def package(cast: Cast) -> HourPackage:
    """Ten hours with two drawn in May and one in June, and one that is pending."""
    client = make_client(language="de", name="Brandl", account_manager=cast.manager)
    package = make_package(client, hours=10, price=Decimal("1500.00"), name="Support 2026")
    for minutes, day in ((120, date(2026, 5, 5)), (60, DAY)):
        entry = submitted(client, cast.consultant, minutes, worked_on=day, description=f"Call of {minutes} min")
        approve_entries([entry.pk], by=cast.partner, at=AT)
    log(client, cast.consultant, 45)
    return package


def test_a_statement_of_any_period_opens_and_closes_with_the_balance_of_its_days(package: HourPackage) -> None:
    june = statement(package, first=JUNE, last=date(2026, 6, 30))
    assert (june.opening, june.closing, june.pending) == (480, 420, 45)
    assert [(row.minutes, row.running_minutes) for row in june.rows] == [(-60, 420)]
    whole = statement(package)
    assert [row.running_minutes for row in whole.rows] == [600, 480, 420]


def test_the_balance_runs_by_day_even_where_work_was_approved_late(cast: Cast, package: HourPackage) -> None:
    late = submitted(package.client, cast.consultant, 30, worked_on=date(2026, 4, 1))
    approve_entries([late.pk], by=cast.partner, at=AT)
    assert [row.running_minutes for row in statement(package).rows] == [600, 570, 450, 390]


def test_the_paper_speaks_the_clients_language_and_keeps_pending_hours_apart(package: HourPackage) -> None:
    paper = statement_paper(package, statement(package, first=JUNE), on=DAY)
    assert (paper.language, paper.number, paper.day) == ("de", "Support 2026", "10. Juni 2026")
    assert paper.rows == (("10.06.26", "Call of 60 min", "Jonas Keller", "−1,00", "7,00"),)
    assert (paper.totals[0][1], paper.total[1]) == ("8\u202fh", "7\u202fh")
    assert "0,75\u202fh" in paper.texts[0]


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv", "json"])
def test_the_api_gives_the_statement_in_four_forms(cast: Cast, package: HourPackage, form: str) -> None:
    url = f"/api/v1/hour-packages/{package.pk}/statement/?from=2026-06-01&format={form}"
    response: Any = make_api(cast.finance).get(url)
    assert response.status_code == 200
    heads = {"pdf": b"%PDF", "xlsx": b"PK", "csv": b"\xef\xbb\xbf", "json": b"{"}
    body = response.content if form in ("pdf", "json") else b"".join(response.streaming_content)
    assert body.startswith(heads[form]) or form == "csv"


def test_the_pdf_is_one_page_with_the_day_in_its_name(cast: Cast, package: HourPackage) -> None:
    browser = Browser()
    browser.force_login(cast.partner)
    response = browser.get(reverse("billing:package_statement", args=[package.pk]), {"format": "pdf"})
    assert timezone.localdate().isoformat() in response.headers["Content-Disposition"]
    assert len(pikepdf.open(BytesIO(response.content)).pages) == 1


def rows_of(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_the_csv_opens_runs_by_day_and_closes(cast: Cast, package: HourPackage) -> None:
    url = f"/api/v1/hour-packages/{package.pk}/statement/?format=csv"
    rows = rows_of(make_api(cast.finance).get(url))
    assert [row["balance_minutes"] for row in rows] == ["0.00", "10.00", "8.00", "7.00", "7.00"]
    assert [(row["kind"], row["minutes"]) for row in (rows[0], rows[-1])] == [("Opening", ""), ("Closing", "")]


def test_a_statement_of_a_period_without_moves_still_opens_and_closes(cast: Cast, package: HourPackage) -> None:
    url = f"/api/v1/hour-packages/{package.pk}/statement/?format=csv&from=2026-07-01&to=2026-07-31"
    rows = rows_of(make_api(cast.finance).get(url))
    assert [(row["occurred_on"], row["balance_minutes"]) for row in rows] == [
        ("2026-07-01", "7.00"),
        ("2026-07-31", "7.00"),
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_liability_of_a_day_is_a_file_with_a_row_for_each_package(
    cast: Cast, package: HourPackage, form: str
) -> None:
    browser = Browser()
    browser.force_login(cast.finance)
    asked = {"first": "2026-06-01", "last": "2026-06-30", "format": form, "headers": "names"}
    response: Any = browser.get(reverse("billing:package_liability"), asked)
    assert f"contract-liability-{timezone.localdate().isoformat()}.{form}" in response.headers["Content-Disposition"]
    if form == "csv":
        (row,) = rows_of(response)
        assert (row["package"], row["drawn"], row["closing"]) == ("Support 2026", "126.05", "882.35")
        assert row["closing_minutes"] == "7.00"


def shared(cast: Cast, package: HourPackage) -> tuple[Browser, str]:
    browser = Browser()
    browser.force_login(cast.manager)
    page = browser.post(reverse("billing:package_share", args=[package.pk])).content.decode()
    secret = page.partition("/h/")[2].partition("/")[0]
    return browser, reverse("billing:package_public", args=[secret])


def test_the_clients_link_shows_and_changes_nothing_until_it_is_revoked(cast: Cast, package: HourPackage) -> None:
    browser, url = shared(cast, package)
    stranger = Browser()
    assert b"Call of 60 min" in stranger.get(url).content
    assert stranger.get(url, {"format": "pdf"}).content.startswith(b"%PDF")
    assert stranger.post(url).status_code == 405
    link = SignedLink.objects.get()
    assert (link.expires_at - link.made_at).days == 90
    detail = reverse("billing:package_detail", args=[package.pk])
    assert b"Opened last" in browser.get(detail).content
    browser.post(reverse("billing:package_unshare", args=[package.pk]))
    assert stranger.get(url).status_code == 410


def test_the_client_reads_that_hours_after_the_statement_may_still_change(cast: Cast, package: HourPackage) -> None:
    def words() -> str:
        with PdfDocument(Browser().get(url, {"format": "pdf"}).content) as paper:
            return "".join(page.get_textpage().get_text_bounded() for page in paper)

    _browser, url = shared(cast, package)
    assert "Arbeitskopie" not in words()
    entry = submitted(package.client, cast.consultant, 30, worked_on=DAY)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert "Arbeitskopie" in words()


def flow(found: Any) -> list[Any]:
    return list(found.rows[0].amounts)


def test_the_liability_adds_up_per_package_at_its_price_without_vat(cast: Cast, package: HourPackage) -> None:
    refund_package(package, minutes=60, reason="Unused", by=cast.finance, on=DAY, at=AT)
    found = liabilities(HourPackage.objects.all(), first=JUNE, last=date(2026, 6, 30))
    opening, sold, drawn, expired, refunded, closing = flow(found)
    assert (opening, sold) == (Decimal("1008.40"), 0)
    assert (drawn, expired, refunded) == (Decimal("126.05"), 0, Decimal("126.05"))
    assert opening + sold - drawn - expired - refunded == closing
    assert found.totals["EUR"].closing == closing


def test_a_sale_and_a_breakage_stand_in_their_own_periods(cast: Cast) -> None:
    package = make_package(hours=10, price=Decimal("1190.00"), expires_on=date(2026, 6, 30))
    top_up(package, minutes=600, price=Decimal("2380.00"), by=cast.finance, on=DAY, at=AT)
    end_hours(on=JULY, at=AT)
    june: Any = liabilities(HourPackage.objects.all(), first=JUNE, last=date(2026, 6, 30))
    july: Any = liabilities(HourPackage.objects.all(), first=JULY, last=date(2026, 7, 31))
    assert (flow(june)[0], flow(june)[1], flow(june)[5]) == (Decimal("1000.00"), Decimal("2000.00"), Decimal("3000.00"))
    assert (flow(july)[3], flow(july)[5], july.minutes.expired) == (Decimal("3000.00"), 0, 1200)


def test_the_liability_report_is_for_those_who_see_invoices(cast: Cast, package: HourPackage) -> None:
    url = "/api/v1/reports/contract-liability/?from=2026-06-01&to=2026-06-30"
    body = make_api(cast.finance).get(url).json()
    assert (body["from"], body["totals"][0]["closing"]) == ("2026-06-01", "882.35")
    assert body["rows"][0]["closing_minutes"] == 420
    assert make_api(cast.consultant).get(url).status_code in (403, 404)


def test_the_liability_page_costs_the_same_for_many_packages(cast: Cast, package: HourPackage) -> None:
    browser = Browser()
    browser.force_login(cast.finance)
    url = reverse("billing:package_liability")
    period = {"first": "2026-06-01", "last": "2026-06-30"}
    assert b"Support 2026" in browser.get(url, period).content
    with counted() as few:
        browser.get(url, period)
    for _number in range(5):
        make_package(make_client())
    with counted() as many:
        browser.get(url, period)
    assert len(many) <= len(few)


def test_a_period_that_ends_before_it_begins_is_told(cast: Cast) -> None:
    browser = Browser()
    browser.force_login(cast.finance)
    url = reverse("billing:package_liability")
    assert browser.get(url, {"first": "2026-06-02", "last": "2026-06-01"}).status_code == 422


def test_a_statement_names_the_lead_of_most_of_the_work_else_who_keeps_the_client(cast: Cast) -> None:
    package = make_package(make_client(account_manager=cast.manager, language="en"))
    assert ("Who answers to you", str(cast.manager)) in statement_paper(package, statement(package), on=DAY).facts
    for lead, minutes in ((cast.partner, 60), (cast.outsider, 120)):
        engagement = make_engagement(package.client, lead=lead, members=[cast.consultant])
        entry = submitted(package.client, cast.consultant, minutes, engagement=engagement)
        approve_entries([entry.pk], by=cast.partner, at=AT)
    assert lead_of(package) == cast.outsider
    secret = share_package(package, by=cast.partner, on=timezone.localdate(), at=timezone.now())
    assert str(cast.outsider) in Browser().get(reverse("billing:package_public", args=[secret])).content.decode()


def test_a_sale_stands_in_the_month_in_which_it_is_booked_not_when_the_hours_begin(cast: Cast) -> None:
    """Else it would stand in no month: before July there was no package yet, in July it is the opening balance."""
    make_package(hours=10, price=Decimal("1190.00"), valid_from=JULY)
    june: Any = liabilities(HourPackage.objects.all(), first=JUNE, last=date(2026, 6, 30))
    july: Any = liabilities(HourPackage.objects.all(), first=JULY, last=date(2026, 7, 31))
    assert (flow(june)[0], flow(june)[1], flow(june)[5]) == (0, Decimal("1000.00"), Decimal("1000.00"))
    assert (flow(july)[0], flow(july)[1]) == (Decimal("1000.00"), 0)


def test_hours_that_were_paid_back_were_not_used(cast: Cast) -> None:
    package = make_package(hours=50, price=Decimal("5950.00"))
    refund_package(package, minutes=2400, reason="Unused", by=cast.finance, on=DAY, at=AT)
    package = HourPackage.objects.with_balance().get(pk=package.pk)
    assert (package.used_percent, package.is_low) == (0, False)
    assert (package.purchased_minutes, package.credited_minutes) == (3000, 600)
    assert package_context(package, on=DAY, amounts=True)["bought"] == 3000


@pytest.mark.broken_books
def test_a_package_that_says_another_sum_than_its_ledger_is_found(package: HourPackage) -> None:
    HourPackage.objects.update(refunded_minutes=60)
    assert [breach.invariant.name for breach in find_breaches()] == ["bought_as_booked"]


def test_a_correction_is_no_purchase(cast: Cast, package: HourPackage) -> None:
    adjust_balance(package.account, minutes=30, reason="Counted twice", on=DAY, by=cast.finance, at=AT)
    package = HourPackage.objects.with_balance().get(pk=package.pk)
    assert package_context(package, on=DAY, amounts=True)["bought"] == package.purchased_minutes
