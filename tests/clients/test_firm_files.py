"""Every list is a file too: absences, relationships, referrals, news, and the settings of the firm."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Absence, Notice, PersonalRelationship, Referral
from crm.models import User
from tests.make import Cast, browser_of, make_client, make_contact, make_service_line, make_tiers

pytestmark = pytest.mark.django_db
SOON = timezone.localdate() + timedelta(days=3)


def file_of(reader: User, name: str, **asked: Any) -> list[str]:
    """The rows below the header, in the machine's form."""
    response: Any = browser_of(reader).get(reverse(f"clients:{name}"), {"format": "csv", "headers": "names", **asked})
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode().lstrip("\ufeff").splitlines()[1:]


@pytest.mark.parametrize("name", ["tier_list", "seller_list", "service_line_list"])
def test_settings_of_the_firm_are_files(cast: Cast, name: str) -> None:
    make_tiers()
    make_client()
    make_service_line("audit")
    rows = file_of(cast.partner, name)
    assert rows
    page = browser_of(cast.partner).get(reverse(f"clients:{name}"))
    assert "format=xlsx" in page.content.decode()
    assert browser_of(cast.partner).get(reverse(f"clients:{name}"), {"format": "xlsx"}).status_code == 200
    assert browser_of(cast.partner).get(reverse(f"clients:{name}"), {"format": "exe"}).status_code == 404


def test_absences_are_a_file_in_which_the_reason_is_for_the_person_and_partners(cast: Cast) -> None:
    for user, reason in ((cast.manager, "holiday"), (cast.consultant, "sick")):
        Absence.objects.create(user=user, reason=reason, from_on=SOON, to_on=SOON)
    Absence.objects.create(user=cast.finance, from_on=date(2020, 1, 1), to_on=date(2020, 1, 2))
    whole, own = "\n".join(file_of(cast.partner, "absence_list")), file_of(cast.consultant, "absence_list")
    assert ("holiday" in whole, "sick" in whole) == (True, True)
    assert [("holiday" in row, "sick" in row) for row in own].count((False, True)) == 1
    assert not any("holiday" in row for row in own)
    assert len(file_of(cast.partner, "absence_list", all=1)) == 3
    assert len(file_of(cast.partner, "absence_list", user=cast.manager.pk)) == 1


def test_relationships_are_a_file_of_what_one_sees(cast: Cast) -> None:
    for employee in (cast.manager, cast.consultant):
        client = make_client()
        PersonalRelationship.objects.create(
            client=client, contact=make_contact(client), employee=employee, kind="family", declared_on=SOON
        )
    assert len(file_of(cast.partner, "relationship_list")) == 2
    assert len(file_of(cast.manager, "relationship_list")) == 1
    assert len(file_of(cast.partner, "relationship_list", employee=cast.consultant.pk)) == 1
    assert file_of(cast.partner, "relationship_list", is_current="false") == []


def test_news_are_a_file_of_one_s_own(cast: Cast) -> None:
    for user, title in ((cast.manager, "Offer accepted"), (cast.partner, "Paid")):
        Notice.objects.create(recipient=user, kind="x", source=title, title=title, happened_at=timezone.now())
    (row,) = file_of(cast.manager, "notice_list")
    assert "Offer accepted" in row


def test_referrals_are_a_list_that_filters_and_a_file_without_amounts_that_one_may_not_see(cast: Cast) -> None:
    mine, foreign = make_client(name="Alfa", account_manager=cast.manager), make_client(name="Foreign")
    for client, referrer in ((make_client(name="New", account_manager=cast.manager), mine), (foreign, mine)):
        Referral.objects.create(client=client, referrer=referrer, referred_on=date(2026, 6, 1))
    Referral.objects.update(revenue_since=700)
    browser = browser_of(cast.manager)
    shown = browser.get(reverse("clients:referral_list"))
    assert {row.client.name: row.shown_revenue for row in shown.context["page"].rows} == {"New": 700, "Foreign": None}
    assert [row.client.name for row in browser.get("/referrals/?search=for").context["page"].rows] == ["Foreign"]
    assert [row.client.name for row in browser.get("/referrals/?ordering=-client").context["page"].rows] == [
        "New",
        "Foreign",
    ]
    amounts = {("Foreign" in row, "700" in row) for row in file_of(cast.manager, "referral_list")}
    assert amounts == {(True, False), (False, True)}
    assert browser_of(cast.consultant).get(reverse("clients:referral_list")).status_code == 404
