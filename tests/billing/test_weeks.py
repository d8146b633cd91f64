"""Finance completes weeks: what is missing is said, logging is never refused, later work opens the week again."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import CompleteWeek, Invoice, TimeEntry
from billing.reports.plans import to_draft
from billing.reports.weeks import OpenWeek, open_weeks
from billing.services.approvals import approve_entries
from billing.services.drafting import draft_invoices
from billing.services.invoice_runs import clients_to_draft
from billing.services.time import change_entry, delete_entry
from billing.services.weeks import Whose, complete_weeks, undo_week
from clients.models import Client
from crm.jobs import do_run
from crm.models import AuditEntry, JobRun, User
from tests.make import Cast, log, make_api, make_client, make_package, make_rate, submitted
from tests.make.hours import AT, DAY
from tests.statements import counted

pytestmark = pytest.mark.django_db
MONDAY, LATER = date(2026, 6, 8), AT + timedelta(hours=1)
NEXT_WEEK = date(2026, 6, 17)
WEEKS = "/api/v1/complete-weeks/"


@pytest.fixture
def alfa(cast: Cast) -> Client:
    make_rate()
    return make_client(name="Alfa", account_manager=cast.manager)


def approved(client: Client, cast: Cast, *, at: datetime = AT, **kw: Any) -> TimeEntry:
    entry = submitted(client, cast.consultant, **kw)
    return approve_entries([entry.pk], by=cast.partner, at=at)[0]


def complete(*, by: User, at: datetime = AT, **of: Any) -> CompleteWeek:
    return complete_weeks([CompleteWeek(monday=MONDAY, **of)], by=by, at=at)[0]


def open_of(whose: Whose = Whose.PERSON, *, on: date = NEXT_WEEK) -> list[OpenWeek]:
    return open_weeks(whose=whose, on=on).rows


def test_a_week_is_open_until_finance_completes_it_for_person_and_client(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    assert [row.is_ready for row in open_of()] == [True]
    week = complete(by=cast.finance, employee=cast.consultant)
    assert (week.completed_by, week.completed_at) == (cast.finance, AT)
    assert open_of() == []
    assert [row.of for row in open_of(Whose.CLIENT)] == [alfa]
    complete(by=cast.finance, client=alfa)
    assert open_of(Whose.CLIENT) == []


def test_the_list_says_what_is_missing(cast: Cast, alfa: Client) -> None:
    log(alfa, cast.consultant)
    submitted(alfa, cast.consultant)
    TimeEntry.objects.filter(pk=log(alfa, cast.consultant).pk).update(review_comment="Which server?")
    TimeEntry.objects.filter(pk=submitted(alfa, cast.consultant).pk).update(needs_decision="over_budget")
    row = open_of()[0]
    assert (row.work.drafts, row.work.rejected, row.work.submitted, row.work.undecided) == (1, 1, 1, 1)
    assert (row.work.minutes, row.is_ready) == (240, False)


def test_a_week_that_runs_still_is_not_listed(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    assert open_of(on=DAY) == []


@pytest.mark.parametrize("state", ["nothing", "draft"])
def test_only_approved_work_makes_a_week_complete(cast: Cast, alfa: Client, state: str) -> None:
    if state == "draft":
        log(alfa, cast.consultant)
    with pytest.raises(ValidationError) as refused:
        complete(by=cast.finance, employee=cast.consultant)
    assert refused.value.code == "wrong_status"


def test_a_week_is_completed_once(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    complete(by=cast.finance, client=alfa)
    with pytest.raises(ValidationError, match="complete already"):
        complete(by=cast.finance, client=alfa, at=LATER)


def test_nobody_completes_their_own_week(cast: Cast, alfa: Client) -> None:
    approve_entries([submitted(alfa, cast.finance).pk], by=cast.partner, at=AT)
    with pytest.raises(PermissionDenied):
        complete(by=cast.finance, employee=cast.finance)
    complete(by=cast.partner, employee=cast.finance)


def test_work_logged_later_is_kept_and_opens_the_week_again(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    old = complete(by=cast.finance, employee=cast.consultant)
    entry = log(alfa, cast.consultant, description="Forgotten")
    assert [(row.work.drafts, row.completed_at) for row in open_of()] == [(1, AT)]
    TimeEntry.objects.filter(pk=entry.pk).update(status="submitted")
    approve_entries([entry.pk], by=cast.partner, at=LATER)
    assert [row.is_ready for row in open_of()] == [True]
    complete(by=cast.finance, employee=cast.consultant, at=LATER)
    old.refresh_from_db()
    assert (open_of(), old.undone_at, old.undone_by) == ([], LATER, cast.finance)


def test_approved_work_that_changes_opens_the_week_again(cast: Cast, alfa: Client) -> None:
    entry = approved(alfa, cast)
    complete(by=cast.finance, employee=cast.consultant)
    change_entry(entry, changes={"minutes": 90}, by=cast.partner, at=LATER)
    assert [row.completed_at for row in open_of()] == [AT]


def test_work_that_goes_opens_the_week_again(cast: Cast, alfa: Client) -> None:
    gone, _kept = approved(alfa, cast), approved(alfa, cast)
    old = complete(by=cast.finance, employee=cast.consultant)
    delete_entry(gone, by=cast.partner, at=LATER)
    assert [row.completed_at for row in open_of()] == [AT]
    complete(by=cast.finance, employee=cast.consultant, at=LATER)
    old.refresh_from_db()
    assert (open_of(), old.undone_at) == ([], LATER)


def test_many_weeks_cost_as_many_statements_as_one(cast: Cast, alfa: Client) -> None:
    for weeks_ago in range(6):
        approved(alfa, cast, worked_on=MONDAY - timedelta(weeks=weeks_ago))

    def costs(*weeks_ago: int) -> int:
        marks = [CompleteWeek(monday=MONDAY - timedelta(weeks=ago), client=alfa) for ago in weeks_ago]
        with counted() as statements:
            complete_weeks(marks, by=cast.finance, at=AT)
        return len(statements)

    assert costs(0) == costs(1, 2, 3, 4, 5)


def test_one_week_named_twice_is_refused(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    twice = [CompleteWeek(monday=MONDAY, client=alfa), CompleteWeek(monday=MONDAY, client=alfa)]
    with pytest.raises(ValidationError, match="complete already"):
        complete_weeks(twice, by=cast.finance, at=AT)


def test_a_mark_is_taken_back_until_work_is_invoiced(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    week = undo_week(complete(by=cast.finance, client=alfa), by=cast.partner, at=LATER)
    assert (week.undone_by, len(open_of(Whose.CLIENT))) == (cast.partner, 1)
    with pytest.raises(ValidationError, match="open already"):
        undo_week(week, by=cast.partner, at=LATER)
    again = complete(by=cast.finance, client=alfa)
    draft_invoices(alfa, through=DAY, by=cast.finance, on=DAY)
    with pytest.raises(ValidationError) as refused:
        undo_week(again, by=cast.finance, at=LATER)
    assert refused.value.code == "wrong_status"


def test_the_database_asks_for_a_monday_and_one_whose_week_it_is(cast: Cast, alfa: Client) -> None:
    told = {"completed_by": cast.finance, "completed_at": AT}
    for wrong in (
        {"monday": DAY, "client": alfa},
        {"monday": MONDAY},
        {"monday": MONDAY, "client": alfa, "employee": cast.consultant},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CompleteWeek.objects.create(**told, **wrong)


def test_the_trail_keeps_who_completed_and_who_took_it_back(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    undo_week(complete(by=cast.finance, client=alfa), by=cast.finance, at=LATER)
    rows = AuditEntry.objects.filter(table_name="billing_completeweek").order_by("pk")
    assert [row.action for row in rows] == ["insert", "update"]


def test_the_list_costs_the_same_for_many_weeks(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    with counted() as few:
        open_of()
    for n in range(1, 5):
        log(make_client(name=f"C{n}"), cast.manager, worked_on=DAY - timedelta(weeks=n))
    with counted() as many:
        open_of()
    assert len(few) == len(many)


def last_week() -> date:
    today = timezone.localdate()
    return today - timedelta(days=today.weekday() + 7)


def test_week_list_shows_marks_and_takes_back(finance: Browser, cast: Cast, alfa: Client) -> None:
    monday = last_week()
    approved(alfa, cast, worked_on=monday)
    log(alfa, cast.manager, worked_on=monday)
    page = finance.get("/weeks/").content.decode()
    assert "1 draft" in page
    assert "all approved" in page
    key = f"{monday.isoformat()}:{cast.consultant.pk}"
    assert finance.post("/weeks/complete/", {"by": "person", "week": [key]}).status_code == 302
    week = CompleteWeek.objects.get()
    assert (week.employee, week.monday, week.completed_by) == (cast.consultant, monday, cast.finance)
    assert finance.post(f"/weeks/{week.pk}/undo/").status_code == 302
    assert not CompleteWeek.objects.standing().exists()


def test_week_complete_says_what_stands_in_the_way(finance: Browser, cast: Cast, alfa: Client) -> None:
    log(alfa, cast.consultant, worked_on=last_week())
    for key, words in ((f"{last_week()}:{cast.consultant.pk}", "not approved yet"), ("nonsense", "Choose at least")):
        refused = finance.post("/weeks/complete/", {"by": "person", "week": [key]})
        assert (refused.status_code, words in refused.content.decode()) == (422, True)


def test_week_list_is_for_finance_and_partner(cast: Cast, client: Browser) -> None:
    client.force_login(cast.manager)
    assert client.get("/weeks/").status_code == 404


def test_the_api_lists_completes_and_undoes(cast: Cast, alfa: Client) -> None:
    api, monday = make_api(cast.finance), last_week()
    approved(alfa, cast, worked_on=monday)
    row = api.get(f"{WEEKS}open/?by=client").json()[0]
    assert (row["client"], row["employee"], row["minutes"], row["completed_at"]) == (alfa.pk, None, 60, None)
    body = {"monday": monday.isoformat(), "client": alfa.pk}
    made = api.post(WEEKS, body)
    assert made.status_code == 201, made.json()
    assert (made.json()["completed_by"], api.get(f"{WEEKS}open/?by=client").json()) == (cast.finance.pk, [])
    assert api.post(WEEKS, body).status_code == 409
    assert api.post(f"{WEEKS}{made.json()['id']}/undo/").json()["undone_by"] == cast.finance.pk
    assert api.post(WEEKS, {"monday": monday.isoformat()}).status_code == 400
    assert api.get(f"{WEEKS}open/?by=nobody").json()["errors"][0]["attr"] == "by"
    assert make_api(cast.manager).get(WEEKS).status_code in (403, 404)


def test_an_invoice_run_may_wait_for_complete_weeks(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    later = approved(alfa, cast, worked_on=DAY + timedelta(days=7))
    by_day = date(2026, 6, 30)
    assert not clients_to_draft(through=by_day, complete_only=True)
    with pytest.raises(ValidationError) as refused:
        draft_invoices(alfa, through=by_day, by=cast.finance, on=by_day, complete_only=True)
    assert refused.value.code == "nothing_to_invoice"
    complete(by=cast.finance, client=alfa)
    assert list(clients_to_draft(through=by_day, complete_only=True)) == [alfa]
    assert sum(row.minutes for row in to_draft(cast.finance, through=by_day, complete_only=True).values()) == 60
    drafted = draft_invoices(alfa, through=by_day, by=cast.finance, on=by_day, complete_only=True)
    assert [draft.gross_amount for draft in drafted.drafts] == [150]
    assert [(row.entry, row.reason) for row in drafted.skipped] == [(later, "week_open")]


def test_a_week_of_the_person_is_enough_and_one_that_opened_again_is_not(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    complete(by=cast.finance, employee=cast.consultant)
    assert list(clients_to_draft(through=DAY, complete_only=True)) == [alfa]
    log(alfa, cast.consultant, description="Forgotten")
    assert not clients_to_draft(through=DAY, complete_only=True)
    assert list(clients_to_draft(through=DAY)) == [alfa]


def test_prepaid_and_free_work_of_an_open_week_waits_too(cast: Cast, alfa: Client) -> None:
    approved(alfa, cast)
    complete(by=cast.finance, client=alfa)
    package = make_package(alfa, expires_on=date(2026, 12, 31), valid_from=DAY + timedelta(days=7))
    later = approved(alfa, cast, worked_on=DAY + timedelta(days=7), hour_package=package)
    free = approved(alfa, cast, worked_on=DAY + timedelta(days=8), billing_type="goodwill", reason="a courtesy")
    drafted = draft_invoices(alfa, through=date(2026, 6, 30), by=None, on=DAY, complete_only=True)
    assert [line.kind for line in drafted.drafts[0].lines.all()] == ["time"]
    assert {(row.entry, row.reason) for row in drafted.skipped} == {(later, "week_open"), (free, "week_open")}


def test_the_pages_and_the_api_draft_complete_weeks_only(finance: Browser, cast: Cast, alfa: Client) -> None:
    monday = last_week()
    approved(alfa, cast, worked_on=monday)
    chosen = {"through": timezone.localdate().isoformat(), "complete_only": "on"}
    run_url, one_url = reverse("billing:invoice_draft_all"), reverse("billing:invoice_draft")
    assert (finance.get(run_url, chosen).context["sums"], len(finance.get(run_url).context["sums"])) == ([], 1)
    one = {**chosen, "client": str(alfa.pk), "grouping": "engagement"}
    assert "its week is not complete yet" in finance.get(one_url, one).content.decode()
    assert finance.post(one_url, one).status_code == 422
    body = {"client": alfa.pk, "through": chosen["through"], "complete_only": True}
    assert (
        make_api(cast.finance).post("/api/v1/invoices/draft/", body).json()["errors"][0]["code"] == "nothing_to_invoice"
    )
    complete_weeks([CompleteWeek(monday=monday, client=alfa)], by=cast.finance, at=timezone.now())
    run = JobRun.objects.get(pk=finance.post(run_url, chosen).headers["Location"].strip("/").split("/")[-1])
    do_run(run.pk, at=timezone.now())
    run.refresh_from_db()
    assert (run.subject, run.message, Invoice.objects.drafts().count()) == ("complete_weeks", "1 draft made.", 1)


def test_a_run_of_complete_weeks_leaves_open_ones_alone(finance: Browser, cast: Cast, alfa: Client) -> None:
    approved(alfa, cast, worked_on=last_week())
    chosen = {"through": timezone.localdate().isoformat(), "complete_only": "on"}
    finance.post(reverse("billing:invoice_draft_all"), chosen)
    do_run(JobRun.objects.get().pk, at=timezone.now())
    assert not Invoice.objects.drafts().exists()
