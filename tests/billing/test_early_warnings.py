"""Early warnings: only who leads the work gives one, before the day; the maker is asked and told."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from billing.services.engagements import close_engagement
from clients.models import Client, Notice, Promise
from clients.reports.worklist import worklist
from clients.services.early_warnings import may_warn_early, warn_early
from clients.services.notices import collect_notices
from clients.services.promise_rates import judge_promise
from clients.services.promises import end_of_day, make_promise, mark_on_track, redate_promise
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_engagement

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.consultant)
    return client


def promised(client: Client, cast: Cast, *, days: int = 3) -> Promise:
    due = end_of_day(TODAY + timedelta(days=days))
    return make_promise(client, text="The report", due_at=due, by=cast.manager, at=NOW - timedelta(days=20))


def warn(row: Promise, cast: Cast) -> Promise:
    return warn_early(row, reason="The data came late", by=cast.consultant, at=NOW)


def test_only_the_lead_of_work_that_goes_on_warns_early(cast: Cast, alfa: Client) -> None:
    row = promised(alfa, cast)
    for person in (cast.manager, cast.partner):
        with pytest.raises(PermissionDenied):
            warn_early(row, reason="I feel it", by=person, at=NOW)
    warned = warn(row, cast)
    assert (warned.early_warning, warned.early_warned_by) == ("The data came late", cast.consultant)
    close_engagement(cast.consultant.led_engagements.get(), on=TODAY)
    assert not may_warn_early(row, cast.consultant, at=NOW)


@pytest.mark.parametrize("days", [0, -1])
def test_on_the_due_day_it_is_no_early_warning(cast: Cast, alfa: Client, days: int) -> None:
    row = promised(alfa, cast, days=days)
    assert not may_warn_early(row, cast.consultant, at=NOW)
    with pytest.raises(ValidationError, match="no early warning any more"):
        warn(row, cast)


def test_the_maker_is_asked_until_they_answer_or_move_it(cast: Cast, alfa: Client) -> None:
    row = promised(alfa, cast)
    mark_on_track(row, at=NOW - timedelta(hours=1))

    def asks() -> bool:
        return worklist(cast.manager, at=NOW).promises[0].asks

    assert not asks()
    row = warn(row, cast)
    assert row.on_track_at is None
    assert asks()
    mark_on_track(row, at=NOW + timedelta(minutes=1))
    assert not asks()
    row = warn_early(row, reason="Still no data", by=cast.consultant, at=NOW + timedelta(minutes=2))
    assert asks()
    later = end_of_day(TODAY + timedelta(days=6))
    redate_promise(row, due_at=later, reason="Late data", by=cast.manager, at=NOW + timedelta(minutes=3))
    assert not asks()


def test_an_early_warning_of_ours_is_no_warning_to_the_client(cast: Cast, alfa: Client) -> None:
    row = warn(promised(alfa, cast, days=1), cast)
    assert judge_promise(row, at=NOW + timedelta(days=3)).outcome == "overdue_unwarned"


def test_the_maker_is_told_once(cast: Cast, alfa: Client) -> None:
    warn(promised(alfa, cast), cast)
    for _time in range(2):
        collect_notices(at=timezone.now() + timedelta(seconds=5))
    notice = Notice.objects.get(kind="warned_early")
    assert (notice.recipient, notice.detail) == (cast.manager, "The data came late")


def test_the_page_of_the_promise_offers_it_to_the_lead_and_shows_it(cast: Cast, alfa: Client) -> None:
    row = promised(alfa, cast)
    lead, page = signed_in(cast.consultant), url("promise", row.pk)
    warn_url = url("promise_warn_early", row.pk)
    assert warn_url in text_of(lead.get(page))
    assert warn_url not in text_of(signed_in(cast.manager).get(page))
    assert signed_in(cast.manager).get(warn_url).status_code == 403
    assert lead.post(warn_url, {"reason": ""}).status_code == 422
    assert lead.post(warn_url, {"reason": "The data came late"}).status_code == 302
    assert "The data came late" in text_of(signed_in(cast.manager).get(page))
    assert "The data came late" in text_of(signed_in(cast.manager).get(reverse("clients:today")))


def test_it_is_given_over_the_api(cast: Cast, alfa: Client) -> None:
    row = promised(alfa, cast)
    path = f"/api/v1/promises/{row.pk}/warn-early/"
    assert make_api(cast.manager).post(path, {"reason": "No"}).status_code == 403
    api = make_api(cast.consultant)
    assert api.post(path, {}).status_code == 400
    answered = api.post(path, {"reason": "The data came late"})
    assert answered.json()["early_warned_by"] == cast.consultant.pk
    late = promised(alfa, cast, days=0)
    refused = api.post(f"/api/v1/promises/{late.pk}/warn-early/", {"reason": "Oh"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "wrong_status")
