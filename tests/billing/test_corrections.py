"""billing.services.corrections: hours of locked work come back today, to their package or to a grace of thirty days."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.models import HourAccount, HourPackage, Invoice, LedgerRow, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.corrections import credit_hours, creditable_minutes
from billing.services.credits import CreditKind, credit_invoice
from billing.services.drafting import draft_invoices
from billing.services.endings import end_hours
from billing.services.issuing import issue_invoice
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_client, make_package, make_time_lock, submitted
from tests.make.hours import AT, DAY
from tests.make.invoices import make_series, make_work

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 30)


def invoiced(cast: Cast, minutes: int = 120) -> tuple[TimeEntry, HourPackage]:
    package = make_package(make_client(account_manager=cast.manager), hours=10, expires_on=LAST)
    entry = approve_entries([submitted(package.client, cast.consultant, minutes).pk], by=cast.partner, at=AT)[0]
    make_series(package.seller)
    make_work(package.client, worked_on=DAY)
    for draft in draft_invoices(package.client, through=DAY, by=cast.finance, on=DAY).drafts:
        issue_invoice(draft, issued_on=DAY, by=cast.finance, at=AT)
    entry.refresh_from_db()
    assert entry.status == "invoiced"
    return entry, package


def balance(package: HourPackage) -> int:
    return HourAccount.objects.values_list("balance_minutes", flat=True).get(pk=package.account_id)


def test_a_correction_is_dated_today_and_credits_the_same_package(cast: Cast) -> None:
    entry, package = invoiced(cast)
    on = DAY + timedelta(days=5)
    done = credit_hours(entry, package, minutes=30, reason="Logged twice", by=cast.manager, on=on, at=AT)
    assert (done.package, done.row.kind, done.row.minutes, done.row.occurred_on) == (package, "adjustment", 30, on)
    assert (balance(package), creditable_minutes(entry, package)) == (510, 90)


def test_no_more_comes_back_than_was_drawn(cast: Cast) -> None:
    entry, package = invoiced(cast)
    credit_hours(entry, package, minutes=100, reason="Wrong", by=cast.finance, on=DAY, at=AT)
    with pytest.raises(ValidationError) as refused:
        credit_hours(entry, package, minutes=21, reason="Wrong", by=cast.finance, on=DAY, at=AT)
    assert code_of(refused) == "balance_limit"


def test_hours_of_an_expired_package_come_back_as_thirty_days_of_grace(cast: Cast) -> None:
    entry, package = invoiced(cast)
    on = date(2026, 8, 1)
    for _twice in range(2):
        done = credit_hours(entry, package, minutes=60, reason="Wrong", by=cast.partner, on=on, at=AT)
        grace = done.package
        assert (grace.kind, grace.valid_from, grace.expires_on) == ("granted", on, date(2026, 8, 31))
        assert (balance(grace), balance(package)) == (60, 480)
    with pytest.raises(ValidationError) as refused:
        credit_hours(entry, package, minutes=1, reason="Wrong", by=cast.partner, on=on, at=AT)
    assert code_of(refused) == "balance_limit"


def test_work_that_is_not_locked_is_changed_itself(cast: Cast) -> None:
    package = make_package()
    entry = approve_entries([submitted(package.client, cast.consultant).pk], by=cast.partner, at=AT)[0]
    with pytest.raises(ValidationError) as refused:
        credit_hours(entry, package, minutes=30, reason="Wrong", by=cast.partner, on=DAY, at=AT)
    assert code_of(refused) == "wrong_status"


def test_who_worked_does_not_correct(cast: Cast) -> None:
    entry, package = invoiced(cast)
    with pytest.raises(PermissionDenied):
        credit_hours(entry, package, minutes=30, reason="Wrong", by=cast.consultant, on=DAY, at=AT)
    assert not LedgerRow.objects.filter(kind="adjustment").exists()


def test_a_credit_note_gives_back_what_the_correction_left_and_no_more(cast: Cast) -> None:
    entry, package = invoiced(cast)
    credit_hours(entry, package, minutes=30, reason="Logged twice", by=cast.finance, on=DAY, at=AT)
    credit(cast)
    assert (balance(package), creditable_minutes(entry, package)) == (600, 0)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    assert balance(package) == 480


def test_a_correction_that_went_to_a_grace_package_is_taken_from_the_hours_that_come_back(cast: Cast) -> None:
    entry, package = invoiced(cast)
    late = LAST + timedelta(days=10)
    end_hours(on=late, at=AT.replace(month=7, day=10))
    credit_hours(entry, package, minutes=30, reason="Logged twice", by=cast.finance, on=late, at=AT)
    credit(cast)
    assert (balance(package), balance(HourPackage.objects.get(grace_of=package))) == (90, 30)


def test_work_of_a_closed_period_is_corrected_without_an_invoice(cast: Cast) -> None:
    package = make_package(make_client(account_manager=cast.manager), hours=10)
    entry = approve_entries([submitted(package.client, cast.consultant, 120).pk], by=cast.partner, at=AT)[0]
    with pytest.raises(ValidationError) as refused:
        credit_hours(entry, package, minutes=30, reason="Twice", by=cast.manager, on=DAY, at=AT)
    assert code_of(refused) == "wrong_status"
    make_time_lock(DAY)
    credit_hours(entry, package, minutes=30, reason="Twice", by=cast.manager, on=DAY, at=AT)
    assert balance(package) == 510


def test_the_api_corrects_and_says_why_not(cast: Cast) -> None:
    entry, package = invoiced(cast)
    url = f"/api/v1/hour-packages/{package.pk}/correction/"
    asked = {"entry": entry.pk, "minutes": 30, "reason": "Logged twice"}
    done = make_api(cast.finance).post(url, asked, format="json")
    assert (done.status_code, done.json()["kind"], done.json()["minutes"]) == (200, "adjustment", 30)
    more = make_api(cast.finance).post(url, {**asked, "minutes": 91}, format="json")
    assert (more.status_code, more.json()["errors"][0]["code"]) == (409, "balance_limit")
    assert make_api(cast.consultant).post(url, asked, format="json").status_code in (403, 404)


def test_package_correct_gives_back_what_is_typed_from_the_ledger_row(cast: Cast, client: Browser) -> None:
    entry, package = invoiced(cast)
    client.force_login(cast.manager)
    detail = reverse("billing:package_detail", args=[package.pk])
    url = reverse("billing:package_correct", args=[package.pk, entry.pk])
    assert url in client.get(detail).content.decode()
    assert client.post(url, {"minutes": "0:30", "reason": ""}).status_code == 422
    assert client.post(url, {"minutes": "0:30", "reason": "Logged twice"}).status_code == 302
    assert LedgerRow.objects.get(kind="adjustment").minutes == 30
    assert client.post(url, {"minutes": "9", "reason": "Kind"}).status_code == 422


def test_package_correct_is_no_page_for_work_of_another_package(cast: Cast, client: Browser) -> None:
    entry, _package = invoiced(cast)
    other = make_package(make_client(account_manager=cast.manager))
    client.force_login(cast.manager)
    assert client.get(reverse("billing:package_correct", args=[other.pk, entry.pk])).status_code == 404


def credit(cast: Cast) -> None:
    for invoice in Invoice.objects.issued():
        credit_invoice(invoice, kind=CreditKind.FULL, reason="Wrong", issued_on=DAY, by=cast.finance, at=AT)
