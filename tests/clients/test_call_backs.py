"""Missed calls of direct lines: a promise to call back, an incident or an absence, the deputy told, rates per line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.models import Absence, Client, Contact, DirectChannelGrant, Interaction, Notice, Promise, TierPolicy
from clients.services.call_backs import Calls, calls_of
from clients.services.channels import grant_channel
from clients.services.interactions import change_interaction, log_interaction
from clients.services.notices import collect_notices
from crm.models import User
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_client, make_contact, make_tiers

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # 10:00 in Berlin


@pytest.fixture
def line(cast: Cast) -> DirectChannelGrant:
    make_tiers()
    client = make_client(account_manager=cast.manager, tier="vip")
    person = make_contact(client)
    day = TUESDAY.date() - timedelta(days=30)
    row = DirectChannelGrant(client=client, contact=person, employee=cast.manager, channel="phone", granted_on=day)
    return grant_channel(row, by=cast.manager, at=TUESDAY)


def call(line: DirectChannelGrant, *, by: User | None = None, at: datetime = TUESDAY, **kw: Any) -> Interaction:
    fields = {"kind": "call", "direction": "in", "is_missed": True, **kw}
    people = {"contacts": [line.contact], "employees": [line.employee]}
    return log_interaction(line.client, by=by or line.employee, occurred_at=at, at=at, **{**people, **fields})


def test_a_missed_call_of_a_vip_is_called_back_within_the_hour_and_is_an_incident(line: DirectChannelGrant) -> None:
    row = call(line)
    promise = Promise.objects.get(missed_call=row)
    assert (promise.due_at, promise.made_by, promise.contact) == (
        TUESDAY + timedelta(minutes=60),
        line.employee,
        line.contact,
    )
    assert row.is_incident


def test_other_tiers_are_called_back_within_their_first_response(line: DirectChannelGrant) -> None:
    Client.objects.filter(pk=line.client_id).update(tier="b")
    line.client.refresh_from_db()
    TierPolicy.objects.filter(tier="b").update(first_response_hours=3)
    assert Promise.objects.get(missed_call=call(line)).due_at == TUESDAY + timedelta(hours=3)


def test_during_an_absence_it_is_called_back_at_the_return_and_the_deputy_is_told_at_once(
    line: DirectChannelGrant, cast: Cast
) -> None:
    first, then = TUESDAY.date(), TUESDAY.date() + timedelta(days=1)
    Absence.objects.create(user=line.employee, from_on=first, to_on=first, deputy=cast.partner)
    Absence.objects.create(user=line.employee, from_on=then, to_on=then, deputy=cast.partner)
    now = timezone.now()
    row = call(line, by=cast.consultant)
    assert Promise.objects.get(missed_call=row).due_at == datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert not row.is_incident
    collect_notices(at=timezone.now() + timedelta(seconds=5))
    told = Notice.objects.filter(kind="call_missed", created_at__gte=now).values_list("recipient", flat=True)
    assert set(told) == {cast.partner.pk, line.employee_id}


def test_without_a_line_nothing_is_promised_and_a_mail_cannot_be_missed(line: DirectChannelGrant, cast: Cast) -> None:
    stranger = make_contact(line.client, last_name="Other")
    assert call(line, contacts=[stranger]).call_back_id is None
    assert call(line, employees=[cast.partner]).call_back_id is None
    with pytest.raises(ValidationError, match="can be missed"):
        call(line, kind="email")
    row = call(line, is_missed=False, direction="out")
    with pytest.raises(IntegrityError), transaction.atomic():
        Interaction.objects.filter(pk=row.pk).update(is_missed=True)


def test_a_missed_call_is_no_contact_and_the_next_call_keeps_the_promise(line: DirectChannelGrant) -> None:
    missed = call(line)
    assert not Interaction.objects.two_way().exists()
    back = TUESDAY + timedelta(minutes=30)
    call(line, is_missed=False, direction="out", at=back)
    assert Promise.objects.get(missed_call=missed).kept_at == back
    assert Interaction.objects.two_way().count() == 1


def test_a_call_that_is_corrected_to_missed_is_called_back(line: DirectChannelGrant) -> None:
    row = call(line, is_missed=False)
    row.is_missed = True
    change_interaction(row, at=TUESDAY)
    assert Promise.objects.get(missed_call=row).due_at == TUESDAY + timedelta(minutes=60)
    assert (row.is_incident, Interaction.objects.two_way().exists()) == (True, False)
    change_interaction(row, at=TUESDAY)
    assert Promise.objects.count() == 1


def test_a_call_that_is_corrected_to_missed_is_told_to_the_deputy_as_one_that_was_logged_so(
    line: DirectChannelGrant, cast: Cast
) -> None:
    Absence.objects.create(user=line.employee, from_on=TUESDAY.date(), to_on=TUESDAY.date(), deputy=cast.partner)
    row = call(line, by=cast.consultant, is_missed=False)
    collect_notices(at=timezone.now() + timedelta(seconds=5))
    assert not Notice.objects.filter(kind="call_missed").exists()
    row.is_missed = True
    change_interaction(row, at=TUESDAY)
    collect_notices(at=timezone.now() + timedelta(seconds=5))
    told = Notice.objects.filter(kind="call_missed").values_list("recipient", flat=True)
    assert set(told) == {cast.partner.pk, line.employee_id}
    row.summary = "They wanted the offer"
    change_interaction(row, at=TUESDAY)
    collect_notices(at=timezone.now() + timedelta(seconds=5))
    assert Notice.objects.filter(kind="call_missed").count() == 2


def test_a_missed_call_that_was_taken_after_all_is_owed_nothing_and_keeps_nothing(line: DirectChannelGrant) -> None:
    row = call(line)
    row.is_missed = False
    change_interaction(row, at=TUESDAY)
    promise = Promise.objects.get()
    row.refresh_from_db()
    assert (promise.withdrawn_at, promise.kept_at) == (TUESDAY, None)
    assert (row.call_back, row.is_incident) == (None, False)
    row.is_missed = True
    change_interaction(row, at=TUESDAY)
    assert (row.call_back != promise, row.is_incident) == (True, True)


def test_a_call_back_that_was_kept_stays_kept_when_the_call_turns_out_to_be_taken(line: DirectChannelGrant) -> None:
    row, back = call(line), TUESDAY + timedelta(minutes=30)
    call(line, is_missed=False, direction="out", at=back)
    row.refresh_from_db()
    row.is_missed = False
    change_interaction(row, at=back)
    assert (Promise.objects.get().kept_at, Promise.objects.get().withdrawn_at) == (back, None)


def test_a_call_is_not_due_back_on_a_public_holiday_of_our_company(line: DirectChannelGrant) -> None:
    row = call(line, at=datetime(2026, 5, 1, 9, 0, tzinfo=UTC))
    promise = Promise.objects.get(missed_call=row)
    assert promise.due_at == datetime(2026, 5, 4, 8, 0, tzinfo=UTC)  # Monday, an hour after the office opens


def test_a_missed_call_is_no_last_touch_of_the_person(line: DirectChannelGrant) -> None:
    call(line, is_missed=False, sentiment=1)
    call(line, at=TUESDAY + timedelta(hours=1), sentiment=-2)
    shown: Any = Contact.objects.with_touch().get(pk=line.contact_id)
    assert (shown.touched_at, shown.mood) == (TUESDAY, 1)


def test_calls_are_counted_by_line(line: DirectChannelGrant) -> None:
    for hour in range(3):
        call(line, is_missed=False, at=TUESDAY + timedelta(hours=hour))
    call(line, at=TUESDAY + timedelta(hours=4))
    call(line, is_missed=False, direction="out", at=TUESDAY + timedelta(hours=5))
    call(line, at=TUESDAY + timedelta(hours=6))
    call(line, at=TUESDAY - timedelta(days=400))
    counted = calls_of([line], at=TUESDAY + timedelta(days=1))
    assert counted == {line.pk: Calls(answered=3, missed=2, called_back=1)}


def test_a_missed_call_is_logged_on_the_page_and_shown_in_the_register(line: DirectChannelGrant, cast: Cast) -> None:
    browser = signed_in(cast.manager)
    typed = {
        "client": line.client.name,
        "kind": "call",
        "contacts": [line.contact_id],
        "employees": [cast.manager.pk],
        "occurred_at": timezone.localtime().strftime("%Y-%m-%d %H:%M"),
        "direction": "both",
        "via": "direct",
        "is_missed": "on",
    }
    assert browser.post(url("interaction_new"), typed).status_code == 302
    row = Interaction.objects.get()
    assert (row.is_missed, row.direction, row.call_back_id is not None) == (True, "in", True)
    assert "1 missed" in text_of(browser.get(url("grant_list")))
    assert "Called back" in text_of(browser.get(url("grant", line.pk)))
