"""Monthly reports: what a month brought, in the client's language, frozen when sent and mailed once."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import InternalError, transaction
from django.urls import reverse
from django.utils import timezone

from billing.documents.monthly import mail_monthly_reports, monthly_document, render_monthly, send_monthly
from billing.models import MonthlyReport, TimeEntry
from billing.reports.monthly import month_of, untold_extras
from billing.services.monthly import mail_again
from clients.models import Client, Extra, Praise, ProactiveAct, ServiceLine
from clients.services.facts import add_member
from clients.services.promises import keep_promise, make_promise
from tests.clients.pages import signed_in, text_of
from tests.make import Cast, make_api, make_client, make_contact, make_package, make_service_line
from tests.make.invoices import make_free_work, make_work

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 1)
AT = datetime(2026, 6, 3, 9, tzinfo=UTC)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    return make_client(name="Alfa", account_manager=cast.manager, language="de", billing_email="post@alfa.example")


def moment(day: int, month: int = 5) -> datetime:
    return timezone.make_aware(datetime.combine(date(2026, month, day), time(12)))


def line() -> ServiceLine:
    return make_service_line("it", name="IT", name_de="IT-Betreuung")


def work(client: Client, minutes: int = 300, **kw: Any) -> TimeEntry:
    return make_work(client, minutes=minutes, **{"service_line": line(), "worked_on": date(2026, 5, 10), **kw})


def extra(client: Client, cast: Cast, **kw: Any) -> Extra:
    fields = {"name": "A second look", "given_on": date(2026, 5, 12), "value": Decimal(120), "currency": "EUR", **kw}
    return Extra.objects.create(client=client, given_by=cast.manager, **fields)


def sent(client: Client, cast: Cast, **kw: Any) -> MonthlyReport:
    fields = {"steps": "", "contact": None, "by": cast.manager, "at": AT, **kw}
    return send_monthly(client, MAY, **fields)


def cells(document: dict[str, Any]) -> str:
    return str(document["sections"])


def test_the_month_holds_hours_by_service_without_our_own(alfa: Client) -> None:
    day = date(2026, 5, 31)
    work(alfa, 240)
    make_free_work(alfa, minutes=60, service_line=line(), worked_on=day)
    work(alfa, 60, service_line=make_service_line("law"))
    make_free_work(alfa, minutes=45, billing_type="non_billable", worked_on=day)
    work(alfa, 900, worked_on=date(2026, 4, 30))
    found = month_of(alfa, MAY, at=AT)
    assert [(row.minutes, row.free_minutes) for row in found.worked] == [(300, 60), (60, 0)]


def test_kept_promises_extras_told_praise_and_acts_of_the_month_stand_in_it(cast: Cast, alfa: Client) -> None:
    for text, due, kept in (("Report", 10, 9), ("Training", 20, 22)):
        made = make_promise(alfa, text=text, due_at=moment(due), by=cast.manager, at=moment(2))
        keep_promise(made, kept_at=moment(kept), at=moment(kept))
    make_promise(alfa, text="Later", due_at=moment(20, 6), by=cast.manager, at=moment(2))
    extra(alfa, cast, client_informed_at=moment(13))
    extra(alfa, cast, name="Silent gift")
    Praise.objects.create(client=alfa, text="Well done", received_on=date(2026, 5, 15), logged_by=cast.manager)
    Praise.objects.create(client=alfa, text="In June", received_on=date(2026, 6, 1), logged_by=cast.manager)
    told = {"kind": "prevent", "acted_on": date(2026, 5, 5), "currency": "EUR", "logged_by": cast.manager}
    ProactiveAct.objects.create(client=alfa, evidence="A full disk", client_told_at=moment(6), **told)
    ProactiveAct.objects.create(client=alfa, evidence="Unknown to them", **told)
    found = month_of(alfa, MAY, at=AT)
    assert [row.promise.text for row in found.kept] == ["Report", "Training"]
    assert (found.rates.n, found.rates.kept) == (2, 1)
    assert [row.text for row in found.coming] == ["Later"]
    words = cells(monthly_document(alfa, MAY, at=AT))
    for there in ("A second look", "120,00", "Well done", "A full disk", "1 von 2 Zusagen"):
        assert there in words
    for absent in ("Silent gift", "In June", "Unknown to them"):
        assert absent not in words
    assert untold_extras(alfa, MAY, at=AT) == 1


def test_the_balance_of_packages_is_that_of_the_months_end(alfa: Client) -> None:
    package = make_package(alfa, hours=50)
    make_package(alfa, hours=5, valid_from=date(2026, 6, 1))
    make_package(make_client(), hours=70)
    assert [(row.package, row.minutes) for row in month_of(alfa, MAY, at=AT).packages] == [(package, 3000)]


def test_it_is_written_in_the_clients_language_and_set_the_same_each_time(alfa: Client) -> None:
    work(alfa)
    document = monthly_document(alfa, MAY, steps="Server bestellen\n\nSchulung planen", at=AT)
    assert (document["title"], document["number"]) == ("Monatsbericht", "Mai 2026")
    assert "IT-Betreuung" in cells(document)
    assert "Schulung planen" in cells(document)
    first, second = (render_monthly(document, on=AT.date()) for _time in range(2))
    assert first == second
    assert first.startswith(b"%PDF")


def test_what_was_sent_is_frozen_and_sent_once_a_month(cast: Cast, alfa: Client) -> None:
    work(alfa)
    report = sent(alfa, cast)
    work(alfa, 600, service_line=None)
    report.refresh_from_db()
    assert "Sonstige" not in cells(report.document)
    with pytest.raises(ValidationError, match="sent already"):
        sent(alfa, cast)
    with pytest.raises(InternalError), transaction.atomic():
        MonthlyReport.objects.filter(pk=report.pk).update(document={"sections": []})


def test_a_month_without_anything_a_month_to_come_and_nobody_to_write_to_are_refused(cast: Cast, alfa: Client) -> None:
    with pytest.raises(ValidationError, match="nothing to tell"):
        sent(alfa, cast)
    work(alfa)
    with pytest.raises(ValidationError) as refused:
        send_monthly(alfa, date(2026, 7, 1), steps="Soon", contact=None, by=cast.manager, at=AT)
    assert set(refused.value.error_dict) == {"month_on"}
    with pytest.raises(ValidationError) as refused:
        sent(alfa, cast, contact=make_contact())
    assert set(refused.value.error_dict) == {"contact"}
    Client.objects.filter(pk=alfa.pk).update(billing_email="")
    alfa.refresh_from_db()
    with pytest.raises(ValidationError, match="Nobody at this client"):
        sent(alfa, cast)


def test_the_mail_leaves_once_with_the_file_and_once_more_when_asked(cast: Cast, alfa: Client) -> None:
    work(alfa)
    person = make_contact(alfa, email="petra@alfa.example", language="de")
    report = sent(alfa, cast)
    assert report.contact == person
    assert (mail_monthly_reports(at=AT), mail_monthly_reports(at=AT)) == (1, 0)
    (message,) = mail.outbox
    assert message.to == ["petra@alfa.example"]
    assert message.subject == "Monatsbericht: Mai 2026"
    assert [name for name, _content, _kind in message.attachments] == [f"report-{alfa.pk}-2026-05.pdf"]
    other = make_contact(alfa, email="jan@alfa.example")
    mail_again(report, contact=other, at=AT + timedelta(days=1))
    person.refresh_from_db()
    other.refresh_from_db()
    assert (person.value_statement_on, other.value_statement_on) == (AT.date(), AT.date() + timedelta(days=1))
    assert mail_monthly_reports(at=AT) == 1
    assert mail.outbox[1].to == ["jan@alfa.example"]


def test_pages_show_send_and_list_the_month(cast: Cast, alfa: Client) -> None:
    on = timezone.localdate()
    month = (on.replace(day=1) - timedelta(days=1)).replace(day=1)
    work(alfa, worked_on=month)
    make_client(name="Foreign")
    browser, there = signed_in(cast.manager), [alfa.pk, month.year, month.month]
    detail, send = reverse("billing:monthly_detail", args=there), reverse("billing:monthly_send", args=there)
    listed = reverse("billing:monthly_list")
    assert "IT-Betreuung" in text_of(browser.get(detail))
    assert browser.get(detail + "?format=pdf").content.startswith(b"%PDF")
    assert browser.get(reverse("billing:monthly_latest") + f"?client={alfa.pk}").url == detail  # type: ignore[attr-defined]
    assert "not sent" in text_of(browser.get(listed))
    assert "Foreign" not in text_of(browser.get(listed))
    assert browser.post(send, {"steps": "Server bestellen"}).status_code == 302
    report = MonthlyReport.objects.get()
    assert "Server bestellen" in cells(report.document)
    assert "Alfa" in text_of(browser.get(listed + "?is_sent=true"))
    file = browser.get(listed + "?format=csv&headers=names")
    assert "post@alfa.example" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert browser.get(listed + "?format=xlsx").status_code == 200
    assert browser.get(listed + "?month=nonsense").status_code == 200
    assert browser.get(reverse("billing:monthly_detail", args=[alfa.pk, 2026, 13])).status_code == 404
    assert browser.get(reverse("billing:monthly_detail", args=[alfa.pk, on.year + 1, 1])).status_code == 404


def test_who_works_for_a_client_reads_its_report_and_does_not_send_it(cast: Cast, alfa: Client) -> None:
    there = [alfa.pk, 2026, 5]
    browser = signed_in(cast.consultant)
    assert browser.get(reverse("billing:monthly_detail", args=there)).status_code == 404
    add_member(alfa, user=cast.consultant, on=date(2026, 1, 1))
    assert browser.get(reverse("billing:monthly_detail", args=there)).status_code == 200
    assert browser.post(reverse("billing:monthly_send", args=there)).status_code == 403


def test_reports_over_the_api(cast: Cast, alfa: Client) -> None:
    work(alfa)
    api = make_api(cast.manager)
    body = {"client": alfa.pk, "month_on": "2026-05-01", "steps": "Server bestellen"}
    made = api.post("/api/v1/monthly-reports/", body)
    assert made.status_code == 201, made.json()
    assert made.json()["recipient"] == "post@alfa.example"
    assert api.get(f"/api/v1/monthly-reports/{made.json()['id']}/pdf/").content.startswith(b"%PDF")
    again = api.post("/api/v1/monthly-reports/", body)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_done")
    assert api.post("/api/v1/monthly-reports/", {**body, "month_on": "2026-05-02"}).status_code == 400
    assert make_api(cast.partner).get("/api/v1/monthly-reports/").json()["results"]
    assert api.post("/api/v1/monthly-reports/", {**body, "client": make_client().pk}).status_code == 403
