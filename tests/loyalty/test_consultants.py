"""The quality of work by person, with n, and the spread within a service line."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import WorkMonth
from clients.models import Complaint, ServiceLine
from crm.models import User
from crm.periods import month_start
from loyalty.models import DeliveryAsk
from loyalty.reports.consultants import PersonQuality, quality_report
from loyalty.rules.consultants import Figure, Measure, Spread, complaint_rate, points, spreads, warranty
from tests.make import (
    Cast,
    browser_of,
    log,
    make_answer,
    make_api,
    make_client,
    make_contact,
    make_engagement,
    make_promised,
    make_service_line,
    make_survey,
)

NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def figures(**kw: str | None) -> dict[Measure, Figure]:
    return {each: Figure(None if kw.get(each) is None else Decimal(str(kw[each])), 9) for each in Measure}


def test_a_figure_of_too_few_cases_is_none() -> None:
    assert warranty(600, 30) == Figure(Decimal("0.05"), 600)
    assert warranty(599, 30) == Figure(None, 599)
    assert complaint_rate(2, 60_000) == Figure(Decimal("2.00"), 2)
    assert complaint_rate(2, 599) == Figure(None, 2)
    assert points(3, 1, 5) == Figure(Decimal("40.0"), 5)
    assert points(3, 1, 4) == Figure(None, 4)


def test_a_spread_needs_two_people_with_enough_cases() -> None:
    rows = [figures(warranty="0.1", nps="40"), figures(warranty="0.3"), figures(warranty="0.2", honour="0.9")]
    assert spreads(rows) == [Spread(Measure.WARRANTY, Decimal("0.1"), Decimal("0.3"), 3)]
    assert spreads(rows)[0].width == Decimal("0.2")
    assert spreads([]) == []


def worked(person: User, line: str = "it", **kw: Any) -> WorkMonth:
    fields = {"client": make_client(), "month_on": month_start(TODAY), "minutes": 1260, "warranty_minutes": 60, **kw}
    return WorkMonth.objects.create(employee=person, service_line=make_service_line(line), **fields)


def row_of(viewer: User, person: User) -> PersonQuality:
    return next(row for row in quality_report(viewer, at=NOW).people if row.person == person)


@pytest.mark.django_db
def test_warranty_stands_by_what_was_billed(cast: Cast) -> None:
    worked(cast.consultant, internal_minutes=200)
    row = row_of(cast.partner, cast.consultant)
    assert (row.billed_minutes, row.figures[Measure.WARRANTY]) == (1000, Figure(Decimal("0.06"), 1000))


@pytest.mark.django_db
def test_complaints_of_the_first_month_count_for_nothing_else(cast: Cast) -> None:
    worked(cast.consultant)
    cast.consultant.ramp_until_on = TODAY - timedelta(days=10)
    cast.consultant.save()
    for back in (10, 9, 400):
        Complaint.objects.create(
            client=make_client(),
            about=cast.consultant,
            text="Late",
            received_on=TODAY - timedelta(days=back),
            logged_by=cast.manager,
        )
    row = row_of(cast.partner, cast.consultant)
    assert (row.figures[Measure.COMPLAINTS], row.ramp_complaints) == (Figure(Decimal("50.00"), 1), 1)


@pytest.mark.django_db
def test_answers_after_a_delivery_belong_to_who_worked_on_it(cast: Cast) -> None:
    client = make_client()
    engagement, survey = make_engagement(client), make_survey(kind="transactional", by=cast.manager)
    log(client, employee=cast.consultant, engagement=engagement)
    DeliveryAsk.objects.create(
        survey=survey, event="engagement", object_id=engagement.pk, client=client, delivered_on=TODAY, asked_at=NOW
    )
    for score in (10, 10, 9, 8, 3):
        make_answer(score, make_contact(client), survey=survey, answered_at=NOW)
        make_answer(0, make_contact(client), survey=make_survey(by=cast.manager), answered_at=NOW)
    assert row_of(cast.partner, cast.consultant).figures[Measure.NPS] == Figure(Decimal("40.0"), 5)
    assert [row.person for row in quality_report(cast.partner, at=NOW).people] == [cast.consultant]


@pytest.mark.django_db
def test_promises_are_those_that_the_person_made(cast: Cast) -> None:
    client = make_client()
    for number in range(5):
        made = make_promised(client, by=cast.consultant, due_at=NOW - timedelta(days=5 + number))
        if number:
            made.kept_at = made.due_at
            made.save()
    assert row_of(cast.partner, cast.consultant).figures[Measure.HONOUR] == Figure(Decimal("0.8"), 5)


@pytest.mark.django_db
def test_a_partner_reads_all_and_the_spread_others_themselves(cast: Cast) -> None:
    worked(cast.consultant)
    worked(cast.outsider, warranty_minutes=240)
    worked(cast.outsider, "law")
    report = quality_report(cast.partner, at=NOW)
    assert [(row.line and row.line.code, row.people) for row in report.lines] == [("it", 2)]
    assert report.lines[0].spreads == [
        Spread(Measure.WARRANTY, Decimal("0.05"), Decimal("0.2353"), 2),
        Spread(Measure.COMPLAINTS, Decimal("0.00"), Decimal("0.00"), 2),
    ]
    own = quality_report(cast.consultant, at=NOW)
    assert ([row.person for row in own.people], own.lines) == ([cast.consultant], [])


@pytest.mark.django_db
def test_the_page_the_file_and_the_api(cast: Cast) -> None:
    worked(cast.consultant)
    where = reverse("loyalty:consultant_list")
    page = browser_of(cast.partner).get(where).content.decode()
    assert "Jonas Keller" in page
    file = browser_of(cast.partner).get(where, {"format": "csv"})
    assert "Jonas Keller" in b"".join(file.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    told = make_api(cast.consultant).get("/api/v1/reports/consultants/").json()
    assert [row["name"] for row in told["people"]] == ["Jonas Keller"]
    assert (told["people"][0]["warranty"], told["lines"]) == ({"value": "0.0500", "n": 1200}, [])
    assert browser_of(cast.finance).get(where).status_code == 404


@pytest.mark.django_db
def test_the_page_is_narrowed_to_a_person_and_to_a_service_whose_spread_stays_that_of_all(cast: Cast) -> None:
    for person, line in ((cast.consultant, "law"), (cast.manager, "law"), (cast.partner, "audit")):
        worked(person, line, minutes=90_000)
    law = ServiceLine.objects.get(code="law")
    browser, where = browser_of(cast.partner), reverse("loyalty:consultant_list")

    def people(**asked: Any) -> set[str]:
        return {str(row.person) for row in browser.get(where, asked).context["report"].people}

    assert len(people()) == 3
    assert people(line=law.pk) == {str(cast.consultant), str(cast.manager)}
    assert people(search="kell") == {str(cast.consultant)}
    lines = browser.get(where, {"line": str(law.pk), "search": "kell"}).context["report"].lines
    assert [(row.line, row.people) for row in lines] == [(law, 2)]
    assert people(search="nobody") == set()
