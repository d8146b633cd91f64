"""NPS from answers: the newest of each person, in its window, over what a person may read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client, ClientAnchor, ClientFigure, KeyClientDesignation
from crm.periods import DateRange, trailing_months
from loyalty.models import NpsSnapshot, SurveyInvitation
from loyalty.reports.nps import answers_of
from loyalty.services.nps import By, counts_by_window, groups_by, nps_report, refresh_nps, report_groups
from tests.make import Cast, make_answer, make_client, make_contact, make_service_line, make_survey
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
YEAR = trailing_months(ON, 12)


def test_without_answers_there_is_no_figure() -> None:
    report = nps_report(YEAR)
    assert (report.counts.nps, report.interval, report.bounds, report.response_rate) == (None, None, None, None)
    assert report.accounts.nps is None
    assert report.note


def test_one_answer_has_a_wide_interval() -> None:
    make_answer(10, answered_at=NOON)
    report = nps_report(YEAR)
    assert report.counts.nps == 100
    assert report.interval is not None
    assert report.interval.low < -40


def test_only_the_newest_answer_of_a_person_counts() -> None:
    contact = make_contact()
    make_answer(0, contact, answered_at=NOON - timedelta(days=100))
    make_answer(10, contact, answered_at=NOON)
    assert nps_report(YEAR).counts == (1, 0, 0)


def test_answers_of_erased_people_count_one_by_one() -> None:
    for score in (10, 0):
        answer = make_answer(score, answered_at=NOON)
        assert answer.contact is not None
        answer.contact.delete()
    assert nps_report(YEAR).counts == (1, 0, 1)


def test_a_window_begins_and_ends_at_midnight_of_the_firm() -> None:
    inside, outside = datetime(2026, 11, 26, 22, 59, tzinfo=UTC), datetime(2026, 11, 26, 23, 1, tzinfo=UTC)
    make_answer(10, answered_at=inside)
    make_answer(0, answered_at=outside)  # already the 27th in Berlin
    assert nps_report(DateRange(ON, ON + timedelta(days=1))).counts == (1, 0, 0)


def test_bounds_and_rate_speak_of_those_who_were_asked() -> None:
    survey = make_survey()
    people = [make_contact(make_client()) for _person in range(4)]
    for contact in people:
        SurveyInvitation.objects.create(survey=survey, contact=contact, made_at=NOON, sent_at=NOON)
    make_answer(9, people[0], survey=survey, answered_at=NOON)
    make_answer(9, answered_at=NOON)  # collected elsewhere
    report = nps_report(YEAR)
    assert (report.asked, report.heard, report.response_rate) == (4, 1, 0.25)
    assert report.bounds is not None
    assert (round(report.bounds.worst), round(report.bounds.best)) == (-20, 100)


def test_who_answered_before_the_window_is_not_silent_in_it() -> None:
    survey, spring = make_survey(), DateRange(date(2026, 4, 1), date(2026, 7, 1))
    mailed = datetime(2026, 3, 20, 12, tzinfo=UTC)
    for _person in range(4):
        contact = make_contact(make_client())
        SurveyInvitation.objects.create(survey=survey, contact=contact, made_at=mailed, sent_at=mailed)
        make_answer(9, contact, survey=survey, answered_at=mailed + timedelta(days=1))
    late = make_contact(make_client())
    make_answer(9, late, answered_at=datetime(2026, 4, 9, 12, tzinfo=UTC))  # collected elsewhere
    report = nps_report(spring)
    assert (report.counts.n, report.asked, report.heard, report.response_rate) == (1, 0, 0, None)
    SurveyInvitation.objects.create(survey=survey, contact=late, made_at=mailed, sent_at=mailed)
    assert nps_report(spring).asked == 1


def test_answers_of_a_merged_client_count_for_the_one_that_stayed(cast: Cast) -> None:
    kept = make_client(tier="a", industry="pharma", account_manager=cast.manager)
    gone = make_client(tier="c", merged_into=kept)
    for score, client in ((10, gone), (10, gone), (3, kept), (10, make_client(tier="b"))):
        make_answer(score, make_contact(client), answered_at=NOON)
    report = nps_report(YEAR)
    assert (report.accounts.n, round(report.accounts.nps or 0, 2)) == (2, 66.67)
    tiers = {group.key: group.counts for group in groups_by(report.given, By.TIER)}
    assert tiers == {"a": (2, 0, 1), "b": (1, 0, 0)}
    assert {group.key for group in groups_by(report.given, By.EMPLOYEE)} == {str(cast.manager.pk), ""}
    for asked in ({"tier": "a"}, {"employee": cast.manager.pk}):
        assert answers_of(cast.partner, YEAR, **asked).count() == 3
    assert not answers_of(cast.partner, YEAR, tier="c").exists()


def test_one_unhappy_decider_outweighs_many_happy_users() -> None:
    client = make_client()
    for number in range(3):
        make_answer(10, make_contact(client, last_name=f"User {number}"), answered_at=NOON)
    make_answer(2, make_contact(client, influence="decision_maker"), answered_at=NOON)
    report = nps_report(YEAR)
    assert (report.counts.nps, report.accounts.nps, report.deciders.nps) == (50, 50, -100)


def test_groups_divide_the_same_answers() -> None:
    make_answer(10, make_contact(make_client(tier="a")), answered_at=NOON)
    make_answer(0, make_contact(make_client(tier="b")), answered_at=NOON)
    groups = {group.key: group.counts for group in groups_by(nps_report(YEAR).given, By.TIER)}
    assert groups == {"a": (1, 0, 0), "b": (0, 0, 1)}


def test_a_manager_reads_only_answers_of_own_clients(cast: Cast) -> None:
    make_answer(10, make_contact(make_client(account_manager=cast.manager)), answered_at=NOON)
    make_answer(0, answered_at=NOON)
    assert nps_report(YEAR, user=cast.manager).counts == (1, 0, 0)
    assert nps_report(YEAR, user=cast.partner).counts == (1, 0, 1)
    assert nps_report(YEAR, user=cast.consultant).counts == (0, 0, 0)


def test_quarters_count_each_person_once_in_each() -> None:
    contact = make_contact()
    for month, score in ((8, 0), (10, 5), (11, 10)):
        make_answer(score, contact, answered_at=datetime(2026, month, 3, 12, tzinfo=UTC))
    quarters = [DateRange(date(2026, 7, 1), date(2026, 10, 1)), DateRange(date(2026, 10, 1), date(2027, 1, 1))]
    assert counts_by_window(quarters) == [(0, 0, 1), (1, 0, 0)]


def test_the_snapshot_is_written_again_not_doubled() -> None:
    answer = make_answer(10, answered_at=NOON)
    refresh_nps(on=ON)
    make_answer(0, make_contact(answer.client, last_name="Weber"), answered_at=NOON)
    refresh_nps(on=ON)
    snapshot = NpsSnapshot.objects.get()
    assert snapshot.nps == 0
    assert (snapshot.promoters, snapshot.detractors) == (1, 1)
    assert ClientFigure.objects.get(client=answer.client).nps == 0


def test_a_client_s_figure_goes_when_its_answers_are_too_old() -> None:
    answer = make_answer(10, answered_at=NOON)
    refresh_nps(on=ON)
    refresh_nps(on=date(2028, 1, 1))
    assert ClientFigure.objects.get(client=answer.client).nps is None


def test_more_answers_need_no_more_statements() -> None:
    make_answer(10, answered_at=NOON)
    with counted() as few:
        nps_report(YEAR)
    for _more in range(5):
        make_answer(9, answered_at=NOON)
    with counted() as many:
        nps_report(YEAR)
    assert len(few) == len(many)


def test_the_last_answer_of_each_person_is_written_on_the_person_whatever_its_age() -> None:
    contact, silent = make_contact(), make_contact(make_client())
    make_answer(3, contact, answered_at=NOON - timedelta(days=900))
    make_answer(9, contact, answered_at=NOON - timedelta(days=500))
    refresh_nps(on=ON)
    contact.refresh_from_db()
    silent.refresh_from_db()
    assert (contact.nps_score, contact.nps_on) == (9, timezone.localdate(NOON - timedelta(days=500)))
    assert (silent.nps_score, silent.nps_on) == (None, None)
    make_answer(6, contact, answered_at=NOON)
    refresh_nps(on=ON)
    contact.refresh_from_db()
    assert (contact.nps_score, contact.nps_on) == (6, timezone.localdate(NOON))


def designated(kind: str, **kw: Any) -> Client:
    client = make_client()
    KeyClientDesignation.objects.create(client=client, type=kind, reason="Helped us", since_on=date(2026, 1, 1), **kw)
    return client


def answered(score: int, client: Client) -> None:
    make_answer(score, make_contact(client), answered_at=NOON)


def test_the_quality_yardstick_stands_apart_and_each_designation_counts() -> None:
    expert = designated("tester", quality_yardstick=True)
    KeyClientDesignation.objects.create(client=expert, type="image", since_on=date(2026, 1, 1))
    answered(10, expert)
    answered(10, designated("tester"))
    answered(0, make_client(merged_into=expert))
    answered(0, designated("special", until_on=date(2026, 11, 1)))
    groups = report_groups(nps_report(YEAR), By.DESIGNATION)
    assert {group.key: group.counts for group in groups} == {
        "quality_yardstick": (1, 0, 1),
        "tester": (2, 0, 1),
        "image": (1, 0, 1),
        "": (0, 0, 1),
    }


def test_groups_by_designation_cost_one_statement_whatever_their_number() -> None:
    for _client in range(10):
        answered(9, designated("image", quality_yardstick=True))
    report = nps_report(YEAR)
    with counted() as statements:
        report_groups(report, By.DESIGNATION)
    assert len(statements) == 1


def test_an_answer_counts_in_each_service_that_its_client_uses() -> None:
    client, today = make_client(), date(2026, 11, 26)
    for code, is_active in (("it", True), ("tax", True), ("law", False)):
        ClientAnchor.objects.create(
            client=client,
            service_line=make_service_line(code),
            first_on=today,
            last_on=today,
            is_active=is_active,
            as_of_on=today,
        )
    make_answer(9, make_contact(client), answered_at=NOON)
    make_answer(3, answered_at=NOON)
    report = nps_report(YEAR)
    groups = {group.key: group.counts.n for group in report_groups(report, By.SERVICE_LINE)}
    assert groups == {"it": 1, "tax": 1, "": 1}
