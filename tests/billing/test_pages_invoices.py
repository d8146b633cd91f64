"""Pages of invoices: the run, drafts by hand and from work, issuing, credit notes, write-offs, files, access."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from billing.models import Invoice, Series
from billing.services.drafting import draft_invoices
from billing.services.drafts import remove_line
from billing.tasks import do_issue_invoices
from clients.services.facts import add_member
from crm.jobs import JOBS, Progress, do_run
from crm.models import JobRun, User
from tests.make import Cast, make_client
from tests.make.invoices import make_draft, make_free_work, make_invoice, make_series, make_work

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def seen_by(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def draft_of(today: date, **kw: Any) -> Invoice:
    return make_draft(on=today, worked_on=today - timedelta(days=3), **kw)


def invoice_of(today: date, *, on: date | None = None, **kw: Any) -> Invoice:
    return make_invoice(on=on or today, worked_on=today - timedelta(days=90), **kw)


def line(**changes: object) -> dict[str, Any]:
    today = timezone.localdate().isoformat()
    typed = {"description": "Second server", "kind": "fixed", "quantity": "10", "unit": "HUR", "unit_price": "150.00"}
    return {**typed, "vat": "S", "supplied_on": today, **changes}


def test_invoice_list_shows_the_way_of_money_by_currency(finance: Browser, today: date) -> None:
    client = make_client()
    invoice_of(today, client=client)
    make_work(client, worked_on=today - timedelta(days=2), minutes=120)
    draft_of(today, client=make_client())
    shown = finance.get(reverse("billing:invoice_list")).context["pipeline"]
    assert shown.unpaid.count == 1
    assert shown.unpaid.sums == [("EUR", Decimal("1500.00"))]
    assert (shown.wip.sums, shown.wip.gross_sums) == ([], [("EUR", Decimal("300.00"))])
    assert shown.drafts.sums == [("EUR", Decimal("1260.50"))]


def test_invoice_list_ages_what_is_owed(finance: Browser, today: date) -> None:
    late = invoice_of(today, on=today - timedelta(days=60))
    assert late.due_on is not None
    rows = finance.get(reverse("billing:invoice_list")).context["pipeline"].ages[0].rows
    amounts = {row.bucket.value: row.amount for row in rows}
    days = (today - late.due_on).days
    assert amounts["d31_60" if days > 30 else "d1_30"] == Decimal("1500.00")
    assert sum(row.share for row in rows) == 1


def test_invoice_list_says_in_words_what_is_missing(finance: Browser, today: date) -> None:
    draft = draft_of(today)
    Series.objects.filter(seller=draft.seller).delete()
    response = finance.get(reverse("billing:invoice_list"))
    assert "The own company has no number series." in response.content.decode()
    assert not response.context["drafts"].ready


@pytest.mark.parametrize(
    ("status", "found"),
    [("unpaid", ["2"]), ("overdue", ["2"]), ("credited", ["1"]), ("credit_note", ["K"]), ("paid", []), ("draft", [""])],
)
def test_invoice_list_filters_by_computed_states(finance: Browser, today: date, status: str, found: list[str]) -> None:
    first = invoice_of(today, on=today - timedelta(days=50))
    invoice_of(today, on=today - timedelta(days=49))
    draft_of(today)
    credit = {"kind": "full", "reason": "twice", "issued_on": today.isoformat()}
    finance.post(reverse("billing:invoice_credit", args=[first.pk]), credit)
    rows = finance.get(reverse("billing:invoice_list"), {"status": status}).context["page"].rows
    assert [row.number[:1] if status == "credit_note" else row.number[-1:] for row in rows] == found


def test_invoice_list_takes_twelve_statements_for_sixteen_rows_as_for_four(
    finance: Browser, today: date, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = make_client()

    def fill(n: int) -> None:
        for _each in range(n):
            invoice_of(today, client=client)
            draft_of(today, client=client)

    url = reverse("billing:invoice_list")
    fill(4)
    finance.get(url)
    with django_assert_max_num_queries(12) as first:
        finance.get(url)
    fill(12)
    with django_assert_max_num_queries(len(first)):
        assert len(finance.get(url).context["page"].rows) == 16


def test_invoice_export_gives_exactly_the_filtered_rows(finance: Browser, today: date) -> None:
    kept = invoice_of(today, client=make_client(name='=HYPERLINK("evil")'))
    invoice_of(today)
    query: dict[str, Any] = {"client": kept.client_id, "headers": "names"}
    response = finance.get(reverse("billing:invoice_export"), {**query, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(content_of(response).decode())))
    assert [(row["number"], row["gross_amount"], row["status"]) for row in rows] == [(kept.number, "1500.00", "unpaid")]
    assert rows[0]["client"].startswith("'=")
    sheet = finance.get(reverse("billing:invoice_export"), {**query, "format": "xlsx"})
    content = io.BytesIO(content_of(sheet))
    values = list(openpyxl.load_workbook(content).active.iter_rows(values_only=True))
    assert len(values) == 2
    assert kept.number in values[1]


def test_invoice_bulk_issue_names_each_failure_and_issues_the_others(finance: Browser, today: date) -> None:
    good, bad = draft_of(today), draft_of(today)
    remove_line(bad.lines.get())
    body = {"draft": [good.pk, bad.pk], "issued_on": today.isoformat()}
    answer = finance.post(reverse("billing:invoice_bulk_issue"), body, follow=True)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == ("issued", "draft")
    assert f"{bad.client.name} was not issued: The draft has no lines." in answer.content.decode()


def test_invoice_bulk_issue_asks_first_and_issues_nothing_on_a_get(finance: Browser, today: date) -> None:
    draft = draft_of(today)
    response = finance.get(reverse("billing:invoice_bulk_issue"), {"draft": [str(draft.pk), "x"]}, headers=HTMX)
    assert draft.client.name in response.content.decode()
    assert f'name="draft" value="{draft.pk}"' in response.content.decode()
    assert Invoice.objects.drafts().count() == 1


def test_invoice_bulk_issue_without_a_choice_is_refused(finance: Browser, today: date) -> None:
    response = finance.post(reverse("billing:invoice_bulk_issue"), {"issued_on": today.isoformat()})
    assert response.status_code == 422


def test_many_drafts_are_issued_by_a_job_that_names_refusals(
    finance: Browser, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.views.drafts.AT_ONCE", 1)
    good, bad = draft_of(today), draft_of(today)
    remove_line(bad.lines.get())
    body = {"draft": [good.pk, bad.pk], "issued_on": today.isoformat()}
    response = finance.post(reverse("billing:invoice_bulk_issue"), body)
    run = JobRun.objects.get(job="issue_invoices")
    assert response["Location"] == reverse("crm:job_run", args=[run.pk])
    do_issue_invoices(Progress(run))
    run.refresh_from_db()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert good.number
    assert (run.done_count, len(run.warnings)) == (2, 1)
    assert bad.issue_problem == "The draft has no lines."
    assert not Invoice.objects.queued().exists()


def test_invoice_draft_previews_and_writes_the_same(finance: Browser, today: date) -> None:
    client = make_client()
    make_work(client, worked_on=today - timedelta(days=2))
    make_work(client, worked_on=today - timedelta(days=1), status="submitted")
    make_free_work(client, worked_on=today - timedelta(days=2))
    chosen: dict[str, Any] = {"client": client.pk, "through": today.isoformat(), "grouping": "engagement"}
    shown = finance.get(reverse("billing:invoice_draft"), chosen, headers=HTMX)
    assert [view.totals.gross_amount for view in shown.context["plans"]] == [Decimal("1500.00")]
    assert [str(behind.words) for behind in shown.context["skipped"]] == ["not approved yet"]
    assert not Invoice.objects.exists()
    response = finance.post(reverse("billing:invoice_draft"), chosen)
    draft = Invoice.objects.get()
    assert response["Location"] == reverse("billing:invoice_detail", args=[draft.pk])
    assert (draft.gross_amount, draft.lines.count()) == (Decimal("1500.00"), 2)


def test_invoice_draft_of_nothing_says_so_and_keeps_the_choice(finance: Browser, today: date) -> None:
    client = make_client()
    chosen: dict[str, Any] = {"client": client.pk, "through": today.isoformat(), "grouping": "day"}
    response = finance.post(reverse("billing:invoice_draft"), chosen)
    assert response.status_code == 422
    assert "There is no approved work to invoice." in response.content.decode()
    assert '<option value="day" selected>' in response.content.decode()


def test_invoice_draft_all_drafts_every_client(finance: Browser, today: date) -> None:
    for _each in range(2):
        make_work(make_client(), worked_on=today - timedelta(days=2))
    url = reverse("billing:invoice_draft_all")
    assert finance.get(url, {"through": today.isoformat()}).context["sums"] == [("EUR", True, Decimal("3000.00"))]
    response = finance.post(url, {"through": today.isoformat()})
    run = JobRun.objects.get(job="draft_invoices")
    assert response.headers["Location"] == reverse("crm:job_run", args=[run.pk])
    assert finance.post(url, {"through": today.isoformat()}).status_code == 422
    do_run(run.pk, at=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.done_count, run.total_count) == ("done", 2, 2)
    assert Invoice.objects.drafts().count() == 2


def test_invoice_draft_all_groups_lines_as_chosen_and_shows_them_before(finance: Browser, today: date) -> None:
    client = make_client()
    for back in (2, 3):
        make_work(client, worked_on=today - timedelta(days=back))
    url, chosen = reverse("billing:invoice_draft_all"), {"through": today.isoformat(), "grouping": "day"}
    assert len(finance.get(url, {"through": today.isoformat()}).context["form"].fields["grouping"].choices) == 5
    shown = finance.get(url, chosen).content.decode()
    lines = f"{reverse('billing:invoice_draft')}?client={client.pk}&amp;through={today.isoformat()}&amp;grouping=day"
    assert lines in shown
    (plan,) = finance.get(lines.replace("&amp;", "&")).context["plans"]
    assert len(plan.lines) == 2
    assert "draft-plan" in finance.get(lines.replace("&amp;", "&"), headers={"HX-Request": "true"}).content.decode()
    finance.post(url, {**chosen, "complete_only": ""})
    run = JobRun.objects.get(job="draft_invoices")
    assert run.subject == "day"
    do_run(run.pk, at=timezone.now())
    assert Invoice.objects.get().lines.count() == 2
    words = {key: str(told) for key, told in JOBS["draft_invoices"].subjects.items()}
    assert words["day"] == "one line for each: day"
    assert words["complete_weeks day"] == "only completed weeks, one line for each: day"


def test_invoice_draft_all_of_complete_weeks_keeps_the_grouping(finance: Browser, today: date) -> None:
    url = reverse("billing:invoice_draft_all")
    finance.post(url, {"through": today.isoformat(), "grouping": "person", "complete_only": "on"})
    assert JobRun.objects.get().subject == "complete_weeks person"
    assert finance.post(url, {"through": today.isoformat(), "grouping": "moon"}).status_code == 422


def test_a_consultant_prepares_a_draft_but_does_not_see_invoices(cast: Cast, today: date) -> None:
    client = make_client()
    add_member(client=client, user=cast.consultant, on=today)
    make_work(client, worked_on=today - timedelta(days=2))
    browser = seen_by(cast.consultant)
    chosen: dict[str, Any] = {"client": client.pk, "through": today.isoformat(), "grouping": "engagement"}
    assert browser.post(reverse("billing:invoice_draft"), chosen).status_code == 302
    draft = Invoice.objects.get()
    assert browser.get(reverse("billing:invoice_detail", args=[draft.pk])).status_code == 404
    assert browser.get(reverse("billing:invoice_list")).status_code == 404
    assert browser.post(reverse("billing:invoice_issue", args=[draft.pk])).status_code == 403


def test_a_consultant_drafts_nothing_of_a_client_they_do_not_work_for(cast: Cast, today: date) -> None:
    client = make_client()
    make_work(client, worked_on=today - timedelta(days=2))
    chosen: dict[str, Any] = {"client": client.pk, "through": today.isoformat(), "grouping": "engagement"}
    assert seen_by(cast.outsider).post(reverse("billing:invoice_draft"), chosen).status_code == 422
    assert not Invoice.objects.exists()


def test_invoice_line_new_shows_ten_hours_as_net_and_vat(finance: Browser, today: date) -> None:
    client = make_client()
    assert client.default_seller
    make_series(client.default_seller)
    draft = draft_of(today, client=client, minutes=60)
    url = reverse("billing:invoice_line_new", args=[draft.pk])
    assert finance.post(url, line(), headers=HTMX).status_code == 204
    draft.refresh_from_db()
    assert draft.gross_amount == Decimal("1650.00")
    summed = finance.get(reverse("billing:invoice_line_sum", args=[draft.pk]), line(), headers=HTMX).context["sum"]
    assert (summed.alone.net_amount, summed.alone.vat_amount) == (Decimal("1260.50"), Decimal("239.50"))


def test_invoice_line_new_keeps_what_was_typed(finance: Browser, today: date) -> None:
    url = reverse("billing:invoice_line_new", args=[draft_of(today).pk])
    response = finance.post(url, line(quantity="ten", description="Server <b>"))
    assert response.status_code == 422
    assert 'value="ten"' in response.content.decode()
    assert "Server &lt;b&gt;" in response.content.decode()


def test_a_line_by_hand_is_changed_moved_and_removed(finance: Browser, today: date) -> None:
    draft = draft_of(today)
    finance.post(reverse("billing:invoice_line_new", args=[draft.pk]), line())
    added = draft.lines.get(description="Second server")
    finance.post(reverse("billing:invoice_line_edit", args=[added.pk]), line(quantity="2", vat="R"))
    added.refresh_from_db()
    assert (added.amount, added.vat_rate) == (Decimal("300.00"), Decimal("7.00"))
    finance.post(reverse("billing:invoice_line_move", args=[added.pk]), {"up": "1"})
    assert draft.lines.order_by("position")[0] == added
    finance.post(reverse("billing:invoice_line_delete", args=[added.pk]))
    draft.refresh_from_db()
    assert draft.gross_amount == Decimal("1500.00")


def test_a_line_made_of_work_keeps_its_hours(finance: Browser, today: date) -> None:
    worked = draft_of(today).lines.get()
    finance.post(reverse("billing:invoice_line_edit", args=[worked.pk]), line(description="Better words"))
    worked.refresh_from_db()
    assert (worked.description, worked.amount) == ("Better words", Decimal("1500.00"))


def test_invoice_delete_returns_the_work(finance: Browser, today: date) -> None:
    draft = draft_of(today)
    assert finance.get(reverse("billing:invoice_delete", args=[draft.pk])).status_code == 200
    finance.post(reverse("billing:invoice_delete", args=[draft.pk]))
    assert not Invoice.objects.exists()
    assert draft_invoices(draft.client, through=today, by=None, on=today).drafts


def test_invoice_delete_of_an_issued_one_is_refused_in_words(finance: Browser, today: date) -> None:
    issued = make_invoice()
    answer = finance.post(reverse("billing:invoice_delete", args=[issued.pk]))
    assert answer.status_code == 422
    assert Invoice.objects.filter(pk=issued.pk).exists()


def test_invoice_issue_takes_the_next_number(finance: Browser, today: date) -> None:
    first = invoice_of(today)
    draft = draft_of(today, client=first.client)
    finance.post(reverse("billing:invoice_issue", args=[draft.pk]), {"issued_on": today.isoformat()})
    draft.refresh_from_db()
    assert (first.sequence, draft.sequence) == (1, 2)


def test_invoice_issue_before_the_previous_number_is_refused_in_words(finance: Browser, today: date) -> None:
    first = invoice_of(today)
    draft = draft_of(today, client=first.client)
    early = (today - timedelta(days=1)).isoformat()
    response = finance.post(reverse("billing:invoice_issue", args=[draft.pk]), {"issued_on": early})
    if (today - timedelta(days=1)).year == today.year:
        assert response.status_code == 422
        assert "cannot be dated before it" in response.content.decode()


def test_an_issued_invoice_refuses_another_line(finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    response = finance.post(reverse("billing:invoice_line_new", args=[invoice.pk]), line())
    assert response.status_code == 422
    assert "An issued document is never changed." in response.content.decode()


def test_invoice_detail_of_an_issued_one_shows_number_hash_and_delivery(finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    page = finance.get(reverse("billing:invoice_detail", args=[invoice.pk])).content.decode()
    assert invoice.number in page
    assert invoice.content_sha256 in page
    assert "Add line" not in page


def test_invoice_pdf_is_a_file(finance: Browser, today: date) -> None:
    invoice = invoice_of(today)
    response = finance.get(reverse("billing:invoice_pdf", args=[invoice.pk]), {"save": "1"})
    assert response.content.startswith(b"%PDF")
    assert response["Content-Disposition"] == f'attachment; filename="{invoice.number}.pdf"'


def test_invoice_preview_is_in_the_language_of_the_client(finance: Browser, today: date) -> None:
    draft = draft_of(today, client=make_client(language="de"))
    response = finance.get(reverse("billing:invoice_preview", args=[draft.pk]), headers=HTMX)
    assert 'lang="de"' in response.content.decode()
    assert "Rechnung" in response.content.decode()
