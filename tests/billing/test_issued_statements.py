"""billing.services.statements: what the client has on a statement is frozen, in the service and in the database."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.documents.statements import statement_paper
from billing.models import HourAccount, HourPackage, IssuedStatement, LedgerRow, TimeEntry
from billing.reports.packages import statement
from billing.services.approvals import approve_entries
from billing.services.corrections import credit_hours
from billing.services.statements import issue_statement
from billing.services.time import change_entry, delete_entry
from crm.models import User
from tests.billing.errors import code_of
from tests.make import Cast, make_api, make_client, make_package, make_rate, submitted
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 30)


def drawn(cast: Cast, *, minutes: int = 120, hours: float = 10, worked_on: date = DAY) -> tuple[TimeEntry, HourPackage]:
    package = make_package(make_client(account_manager=cast.manager), hours=hours, expires_on=LAST)
    make_rate(package.seller)
    entry = submitted(package.client, cast.consultant, minutes, worked_on=worked_on)
    return approve_entries([entry.pk], by=cast.partner, at=AT)[0], package


def issue(package: HourPackage, cast: Cast, *, last: date = DAY) -> IssuedStatement:
    return issue_statement(package, last=last, by=cast.manager, on=last, at=AT)


def test_prepaid_work_on_an_issued_statement_is_not_changed_nor_deleted(cast: Cast) -> None:
    entry, package = drawn(cast)
    change_entry(entry, changes={"description": "Call"}, by=cast.partner, at=AT)
    issue(package, cast)
    for act in (
        lambda: change_entry(entry, changes={"minutes": 60}, by=cast.partner, at=AT),
        lambda: delete_entry(entry, by=cast.partner, at=AT),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert code_of(refused) == "wrong_status"


@pytest.mark.parametrize(
    "change", [{"status": "submitted"}, {"billed_minutes": 60}, {"billing_type": "goodwill", "reason": "Nice"}]
)
def test_the_database_refuses_to_change_such_work(cast: Cast, change: dict[str, object]) -> None:
    entry, package = drawn(cast)
    issue(package, cast)
    with pytest.raises(IntegrityError, match="statement of this work"), transaction.atomic():
        TimeEntry.objects.filter(pk=entry.pk).update(**change)


def test_the_database_refuses_to_reverse_its_draw(cast: Cast) -> None:
    entry, package = drawn(cast)
    issue(package, cast)
    draw = LedgerRow.objects.get(kind="draw", entry=entry)
    back = LedgerRow(account=draw.account, kind="reversal", minutes=-draw.minutes, reverses=draw, entry=entry)
    back.occurred_on, back.made_at = DAY, AT
    with pytest.raises(IntegrityError, match="statement of this work"), transaction.atomic():
        back.save()


def test_an_issued_statement_is_a_book(cast: Cast) -> None:
    _entry, package = drawn(cast)
    paper = issue(package, cast)
    for act in (paper.delete, lambda: IssuedStatement.objects.update(closing_minutes=1)):
        with pytest.raises(InternalError), transaction.atomic():
            act()


def test_a_correction_is_dated_today_and_goes_to_the_package_or_to_its_grace(cast: Cast) -> None:
    entry, package = drawn(cast)
    issue(package, cast)
    on = DAY + timedelta(days=5)
    done = credit_hours(entry, package, minutes=30, reason="Too long", by=cast.manager, on=on, at=AT)
    assert (done.package, done.row.kind, done.row.occurred_on) == (package, "adjustment", on)
    late = credit_hours(entry, package, minutes=30, reason="Too long", by=cast.manager, on=date(2026, 7, 9), at=AT)
    assert (late.package.grace_of, late.package.expires_on) == (package, date(2026, 8, 8))
    assert HourAccount.objects.get(pk=package.account_id).balance_minutes == 510


def test_work_of_other_days_or_approved_later_is_free_to_change(cast: Cast) -> None:
    entry, package = drawn(cast)
    issue(package, cast, last=DAY - timedelta(days=1))
    change_entry(entry, changes={"minutes": 60}, by=cast.partner, at=AT)
    issue(package, cast)
    late = approve_entries([submitted(package.client, cast.consultant, 30).pk], by=cast.partner, at=AT)[0]
    change_entry(late, changes={"minutes": 45}, by=cast.partner, at=AT)
    assert HourAccount.objects.get(pk=package.account_id).balance_minutes == 600 - 60 - 45


def test_work_with_a_part_to_be_invoiced_waits_for_its_invoice(cast: Cast) -> None:
    entry, package = drawn(cast, minutes=120, hours=1)
    issue(package, cast)
    changed = change_entry(entry, changes={"minutes": 90}, by=cast.partner, at=AT)
    assert changed.billed_minutes == 90


def test_a_statement_does_not_reach_into_the_future(cast: Cast) -> None:
    _entry, package = drawn(cast)
    with pytest.raises(ValidationError) as refused:
        issue_statement(package, last=DAY + timedelta(days=1), by=cast.manager, on=DAY, at=AT)
    assert code_of(refused) == "invalid"


def test_what_was_not_issued_says_that_it_is_a_working_copy(cast: Cast) -> None:
    _entry, package = drawn(cast)
    found = statement(package)
    assert not statement_paper(package, found, on=DAY).texts
    assert len(statement_paper(package, found, on=DAY, working_copy=True).texts) == 1


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def test_package_share_issues_the_statement_until_today(cast: Cast) -> None:
    _entry, package = drawn(cast)
    signed_in(cast.manager).post(reverse("billing:package_share", args=[package.pk]))
    paper = package.issued_statements.get()
    assert (paper.last_on, paper.closing_minutes, paper.issued_by) == (timezone.localdate(), 480, cast.manager)


def test_package_issue_freezes_the_period_and_offers_the_correction(cast: Cast) -> None:
    entry, package = drawn(cast)
    browser, url = signed_in(cast.manager), reverse("billing:package_issue", args=[package.pk])
    asked = {"first": "2026-06-01", "last": "2026-06-30"}
    page = browser.post(url, asked, follow=True)
    assert page.status_code == 200
    assert b"Issue this statement" not in page.content
    detail = browser.get(reverse("billing:package_detail", args=[package.pk])).content.decode()
    assert reverse("billing:package_correct", args=[package.pk, entry.pk]) in detail
    assert browser.post(url, {"last": "2099-01-01"}).status_code == 422
    assert signed_in(cast.consultant).post(url, asked).status_code in (403, 404)


def test_the_api_issues_and_then_refuses_the_change(cast: Cast) -> None:
    entry, package = drawn(cast)
    api, url = make_api(cast.finance), f"/api/v1/hour-packages/{package.pk}/statement/"
    made = api.post(url, {"from": "2026-06-01", "to": "2026-06-30"}, format="json")
    assert (made.status_code, made.json()["closing_minutes"]) == (200, 480)
    refused = api.patch(f"/api/v1/time-entries/{entry.pk}/", {"minutes": 60}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "wrong_status")
    future = api.post(url, {"to": "2099-01-01"}, format="json")
    assert (future.status_code, future.json()["errors"][0]["code"]) == (400, "invalid")
