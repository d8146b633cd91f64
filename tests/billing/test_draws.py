"""Work that was drawn on saving is looked at by who approves for the client, and given back with a comment."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.models import HourPackage, LedgerRow, TimeEntry
from billing.services.approvals import approve_entries, submit_entries
from billing.services.draws import give_back_draw
from billing.services.statements import issue_statement
from billing.services.time import change_entry
from tests.billing.errors import code_of
from tests.make import Cast, log, make_client, make_engagement, make_package, make_time_lock, submitted
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def package(cast: Cast) -> HourPackage:
    return make_package(make_client(account_manager=cast.manager), hours=10, draw_on_log=True)


def give_back(entry: TimeEntry, cast: Cast, words: str = "This was internal") -> TimeEntry:
    return give_back_draw(entry, comment=words, by=cast.manager, at=AT)


def test_the_hours_return_and_the_entry_waits_for_its_writer(cast: Cast, package: HourPackage) -> None:
    entry = give_back(log(package.client, cast.consultant, 90), cast)
    entry.refresh_from_db()
    package.account.refresh_from_db()
    assert (entry.status, entry.review_comment, entry.approved_by) == ("draft", "This was internal", None)
    assert package.account.balance_minutes == 600
    rows = LedgerRow.objects.filter(entry=entry).order_by("pk").values_list("kind", "minutes")
    assert list(rows) == [("draw", -90), ("reversal", 90)]
    assert HourPackage.objects.with_balance().get().pending_minutes == 90


def test_what_was_given_back_does_not_approve_itself_again(cast: Cast, package: HourPackage) -> None:
    entry = give_back(log(package.client, cast.consultant, 90), cast)
    changed = change_entry(entry, changes={"minutes": 60}, by=cast.consultant, at=AT)
    assert (changed.status, changed.approved_on_log) == ("draft", False)
    submit_entries([entry.pk], at=AT)
    approve_entries([entry.pk], by=cast.manager, at=AT)
    package.account.refresh_from_db()
    assert package.account.balance_minutes == 540


def test_the_lead_of_the_engagement_may_and_a_stranger_and_the_writer_may_not(cast: Cast, package: HourPackage) -> None:
    lead = make_engagement(package.client, lead=cast.outsider, members=[cast.consultant])
    entry = log(package.client, cast.consultant, 30, engagement=lead)
    for person in (cast.consultant, cast.finance):
        with pytest.raises(PermissionDenied):
            give_back_draw(entry, comment="No", by=person, at=AT)
    assert give_back_draw(entry, comment="No", by=cast.outsider, at=AT).status == "draft"


def test_only_what_was_drawn_on_saving_is_given_back_once_and_with_words(cast: Cast, package: HourPackage) -> None:
    entry = log(package.client, cast.consultant, 30)
    with pytest.raises(ValidationError) as refused:
        give_back(entry, cast, " ")
    assert list(refused.value.error_dict) == ["comment"]
    give_back(entry, cast)
    approved = submitted(package.client, cast.consultant, 180)
    approve_entries([approved.pk], by=cast.partner, at=AT)
    for row in (entry, approved):
        with pytest.raises(ValidationError) as refused:
            give_back(row, cast)
        assert code_of(refused) == "wrong_status"


def test_a_closed_day_and_an_issued_statement_keep_their_draws(cast: Cast, package: HourPackage) -> None:
    entry = log(package.client, cast.consultant, 30)
    issue_statement(package, last=DAY, by=cast.partner, on=DAY, at=AT)
    with pytest.raises(ValidationError):
        give_back(entry, cast)
    late = log(package.client, cast.consultant, 30, worked_on=date(2026, 6, 9))
    make_time_lock(date(2026, 6, 9))
    with pytest.raises(ValidationError) as refused:
        give_back(late, cast)
    assert code_of(refused) == "period_locked"


def test_approval_give_back_asks_for_words_and_says_what_happened(
    client: Browser, cast: Cast, package: HourPackage
) -> None:
    entry = log(package.client, cast.consultant, 30)
    client.force_login(cast.manager)
    url = reverse("billing:approval_give_back", args=[entry.pk])
    assert url in client.get("/approvals/").content.decode()
    assert client.post(url, {"comment": ""}).status_code == 422
    assert client.post(url, {"comment": "This was internal"}).status_code == 302
    entry.refresh_from_db()
    assert entry.review_comment == "This was internal"


def test_the_api_rejects_what_was_drawn_on_saving(client: Browser, cast: Cast, package: HourPackage) -> None:
    entry = log(package.client, cast.consultant, 30)
    client.force_login(cast.manager)
    answer = client.post(f"/api/v1/time-entries/{entry.pk}/reject/", {"comment": "Internal"}, "application/json")
    assert (answer.status_code, answer.json()["status"]) == (200, "draft")
