"""Whom a survey reaches, and for everybody left out the reason."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clients.models import Complaint, Contact, Task
from clients.services.feedback import change_complaint, log_complaint
from clients.services.people import move_contact
from clients.services.tasks import TaskDraft, open_task
from loyalty.models import LoyaltyPolicy, Survey, SurveyInvitation
from loyalty.services.answers import record_answer
from loyalty.services.audience import check_audience, choose_audience, upset_clients
from tests.make import Cast, make_answer, make_client, make_contact, make_revenue, make_survey
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def asked(contact: Contact, days_ago: int, **kw: Any) -> None:
    at = NOON - timedelta(days=days_ago)
    SurveyInvitation.objects.create(survey=make_survey(**kw), contact=contact, made_at=at, sent_at=at)


def reasons(survey: Survey) -> dict[str, tuple[str, ...]]:
    return {contact.last_name: found for contact, found in choose_audience(survey, on=ON).excluded}


@pytest.fixture
def survey(cast: Cast) -> Survey:
    return make_survey(by=cast.partner)


def test_everybody_with_a_mail_address_at_a_served_client_is_asked(survey: Survey) -> None:
    reached = make_contact(make_client())
    make_contact(make_client(), email="")
    make_contact(make_client(), left_on=ON)
    make_contact(make_client(status="prospect"))
    make_contact(make_client(merged_into=make_client()))
    assert choose_audience(survey, on=ON).people == [reached]


@pytest.mark.parametrize(("days_ago", "found"), [(89, ("person_any_90",)), (90, ())])
def test_a_person_is_asked_at_most_every_ninety_days(survey: Survey, days_ago: int, found: tuple[str, ...]) -> None:
    contact = make_contact()
    asked(contact, days_ago, kind="transactional")
    assert reasons(survey).get(contact.last_name, ()) == found


@pytest.mark.parametrize(("kind", "found"), [("relational", ("person_relational_180",)), ("transactional", ())])
def test_how_we_are_doing_is_asked_every_half_year(cast: Cast, kind: str, found: tuple[str, ...]) -> None:
    contact = make_contact()
    asked(contact, 100, kind="relational")
    assert reasons(make_survey(by=cast.partner, kind=kind)).get(contact.last_name, ()) == found


def test_who_was_asked_at_one_employer_is_not_asked_again_at_the_next(survey: Survey, cast: Cast) -> None:
    """Twice moved: the pause is the person's, and reaches as far back as we know them."""
    person = make_contact()
    asked(person, 30, kind="relational")
    for _move in range(2):
        to = make_client(account_manager=cast.manager)
        person = move_contact(person, to=to, on=ON, by=cast.partner, at=NOON)
        Contact.objects.filter(pk=person.pk).update(email="new@work.example")
    assert reasons(survey) == {person.last_name: ("person_any_90", "person_relational_180")}


def test_the_partner_sets_the_pauses(survey: Survey) -> None:
    contact = make_contact()
    asked(contact, 40, kind="transactional")
    policy = LoyaltyPolicy.load()
    policy.survey_pause_days = 30
    policy.save()
    assert choose_audience(survey, on=ON).people == [contact]


def test_who_waits_in_an_outbox_counts_as_asked(survey: Survey) -> None:
    contact = make_contact()
    SurveyInvitation.objects.create(survey=make_survey(), contact=contact, made_at=NOON)
    assert "person_any_90" in reasons(survey)[contact.last_name]


def test_three_people_of_a_client_are_asked_deciders_first(survey: Survey) -> None:
    client = make_client()
    for number in range(4):
        make_contact(client, last_name=f"User {number}")
    decider = make_contact(client, last_name="Decider", influence="decision_maker")
    audience = choose_audience(survey, on=ON)
    assert len(audience.people) == 3
    assert decider in audience.people
    assert {found for _contact, found in audience.excluded} == {("account_cap_3_per_30d",)}


def test_nobody_is_asked_while_a_loop_is_open(survey: Survey, cast: Cast) -> None:
    contact = make_contact(make_client())
    open_task(
        TaskDraft(
            kind="detractor",
            source="survey-response:1",
            assignee=cast.manager,
            title="Call",
            due_at=NOON,
            client=contact.client,
        )
    )
    assert reasons(survey) == {contact.last_name: ("open_loop",)}


@pytest.mark.parametrize("merged", [False, True])
def test_nobody_is_asked_while_a_complaint_is_open(survey: Survey, cast: Cast, *, merged: bool) -> None:
    contact = make_contact(make_client())
    of = make_client(merged_into=contact.client) if merged else contact.client
    row = Complaint(client=of, text="Nobody called back", received_on=ON, severity="grave")
    complaint = log_complaint(row, by=cast.manager, at=NOON)
    assert reasons(survey) == {contact.last_name: ("open_loop",)}
    complaint.resolved_on, complaint.root_cause, complaint.resolution = ON, "unclear", "Called"
    change_complaint(complaint, at=NOON)
    assert choose_audience(survey, on=ON).people == [contact]


def test_no_reminder_goes_to_a_merged_record_of_a_client_that_complained(cast: Cast) -> None:
    kept = make_client()
    gone = make_client(merged_into=kept)
    log_complaint(Complaint(client=kept, text="Late", received_on=ON), by=cast.manager, at=NOON)
    assert upset_clients() == {kept.pk, gone.pk}


def test_nobody_is_asked_until_the_loop_is_closed(survey: Survey) -> None:
    """Ticking the task off is not enough."""
    contact = make_contact(make_client())
    record_answer(make_survey(), contact, score=3, comment="", at=NOON - timedelta(days=200))
    Task.objects.update(state="done", closed_at=NOON)
    assert reasons(survey) == {contact.last_name: ("open_loop",)}


@pytest.mark.parametrize(("days_ago", "found"), [(89, ("person_any_90", "person_relational_180")), (180, ())])
def test_an_answer_collected_elsewhere_pauses_the_person_as_well(
    survey: Survey, days_ago: int, found: tuple[str, ...]
) -> None:
    contact = make_contact()
    make_answer(9, contact, answered_at=NOON - timedelta(days=days_ago))
    assert reasons(survey).get(contact.last_name, ()) == found


def test_answers_collected_elsewhere_count_among_the_three_of_an_account(survey: Survey) -> None:
    client = make_client()
    for _each in range(3):
        make_answer(9, make_contact(client), answered_at=NOON - timedelta(days=5))
    late = make_contact(client, last_name="Late")
    assert reasons(survey)[late.last_name] == ("account_cap_3_per_30d",)


def test_people_asked_at_a_merged_record_count_among_the_three_of_an_account(survey: Survey) -> None:
    client = make_client()
    gone = make_client(merged_into=client)
    for _each in range(3):
        asked(make_contact(gone), 5, kind="transactional")
    late = make_contact(client, last_name="Late")
    assert reasons(survey)[late.last_name] == ("account_cap_3_per_30d",)


def test_opting_out_is_final(survey: Survey) -> None:
    contact = make_contact(surveys_refused_at=NOON - timedelta(days=3000))
    assert reasons(survey) == {contact.last_name: ("opt_out",)}


def test_a_new_client_is_left_alone_for_thirty_days(survey: Survey) -> None:
    contact = make_contact()
    make_revenue(contact.client, "10.00", on=ON - timedelta(days=29))
    assert reasons(survey) == {contact.last_name: ("too_new",)}


def test_a_manager_asks_only_people_of_own_clients(cast: Cast) -> None:
    own = make_contact(make_client(account_manager=cast.manager))
    make_contact(make_client())
    assert choose_audience(make_survey(by=cast.manager), on=ON).people == [own]


def test_the_filter_narrows_the_audience(cast: Cast) -> None:
    wanted = make_contact(make_client(tier="a"), buying_role="customer")
    make_contact(make_client(tier="b"), buying_role="customer")
    make_contact(make_client(tier="a"), buying_role="consumer")
    survey = make_survey(by=cast.partner, audience={"tier": ["a"], "buying_role": ["customer"]})
    assert choose_audience(survey, on=ON).people == [wanted]


@pytest.mark.parametrize("audience", [None, [], {"x": []}, {"tier": "a"}, {"client": [True]}, {"client": ["1"]}])
def test_a_filter_that_nobody_knows_is_refused(audience: object) -> None:
    with pytest.raises(ValidationError):
        check_audience(audience)


def test_more_people_need_no_more_statements(survey: Survey) -> None:
    make_contact(make_client())
    choose_audience(survey, on=ON)
    with counted() as few:
        choose_audience(survey, on=ON)
    for number in range(6):
        make_contact(make_client(), last_name=f"Person {number}")
    with counted() as many:
        choose_audience(survey, on=ON)
    assert len(few) == len(many)
