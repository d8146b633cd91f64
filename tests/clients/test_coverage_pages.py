"""Whom we do not reach, and what hangs on one of us: from logged interactions, for whoever keeps the clients."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client, ClientFigure, Contact, Interaction
from clients.reports.coverage import dependence, formal_only, unreached
from clients.services.people import note_value_statement
from crm.models import User
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_client, make_contact, make_tiers

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def touch(client: Client, *people: User, days: int = 5, contact: Contact | None = None, **kw: Any) -> Interaction:
    fields = {"kind": "call", "direction": "both", "occurred_at": NOW - timedelta(days=days), **kw}
    row = Interaction.objects.create(client=client, logged_by=people[0], **fields)
    row.employees.set(people)
    row.contacts.set([contact] if contact else [])
    return row


def earns(client: Client, amount: int) -> None:
    ClientFigure.objects.update_or_create(client=client, defaults={"revenue_12m": Decimal(amount)})


@pytest.mark.parametrize(
    ("touches", "formal"),
    [
        ([("consultant", "call"), ("consultant", "email")], True),
        ([("consultant", "call"), ("manager", "meeting")], False),
        ([("manager", "email"), ("manager", "email")], True),
        ([], False),
    ],
)
def test_formal_only_is_engineers_or_mail_within_ninety_days(
    cast: Cast, touches: list[tuple[str, str]], formal: bool
) -> None:
    client = make_client(account_manager=cast.manager)
    for who, kind in touches:
        touch(client, getattr(cast, who), kind=kind, direction="out" if kind == "email" else "both")
    touch(client, cast.manager, days=91)
    assert (client.pk in formal_only([client.pk], at=NOW)) is formal


def test_formal_only_stands_beside_the_people_and_in_the_list(cast: Cast) -> None:
    make_tiers()
    client, other = make_client(account_manager=cast.manager, name="Brandl"), make_client(name="Foreign")
    for each in (client, other):
        touch(each, cast.consultant, contact=make_contact(each))
    browser = signed_in(cast.manager)
    for page in (url("client_people", client.pk), url("coverage_list")):
        assert "Formal only" in text_of(browser.get(page))
    assert "Foreign" not in text_of(browser.get(url("coverage_list")))
    file = browser.get(url("coverage_list") + "?format=csv&headers=names")
    assert "Brandl" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert signed_in(cast.consultant).get(url("coverage_list")).status_code == 404


def test_a_value_statement_informs_the_management_as_a_touch_does(cast: Cast) -> None:
    make_tiers()
    client = make_client(account_manager=cast.manager)
    boss, clerk = make_contact(client, level="management"), make_contact(client, level="staff")
    touch(client, cast.manager, contact=clerk)
    alert = "Management uninformed"
    assert any(alert in words for row in unreached(cast.manager, at=NOW) for words in row.alerts)
    note_value_statement(clerk, on=NOW.date())
    assert any(alert in words for row in unreached(cast.manager, at=NOW) for words in row.alerts)
    note_value_statement(boss, on=NOW.date() - timedelta(days=3))
    note_value_statement(boss, on=NOW.date() - timedelta(days=91))  # an older one takes nothing back
    assert not unreached(cast.manager, at=NOW)
    assert alert not in text_of(signed_in(cast.manager).get(url("client_people", client.pk)))


def test_a_partner_sees_whom_the_firm_does_not_reach(cast: Cast) -> None:
    make_tiers()
    client = make_client(account_manager=cast.manager, name="Brandl")
    touch(client, cast.consultant, contact=make_contact(client))
    assert [row.client for row in unreached(cast.partner, at=NOW)] == [client]
    assert "Brandl" in text_of(signed_in(cast.partner).get(url("coverage_list")))


def test_what_hangs_on_one_person_is_judged_by_the_last_ten(cast: Cast) -> None:
    sole, shared, few = (make_client(account_manager=cast.manager) for _each in range(3))
    for number in range(10):
        touch(sole, cast.manager, days=number + 1)
        touch(shared, cast.manager, *([cast.partner] if number == 9 else []), days=number + 1)
    touch(sole, cast.partner, days=40)
    touch(sole, cast.partner, days=0, direction="in", is_missed=True)
    for number in range(2):
        touch(few, cast.manager, days=number)
    for client, amount in ((sole, 300), (shared, 600), (few, 100)):
        earns(client, amount)
    (row,) = dependence(cast.partner)
    assert (row.employee, row.figures.clients, row.figures.revenue) == (cast.manager, 1, Decimal(300))
    assert (row.figures.revenue_share, row.clients) == (Decimal("0.3"), [sole])
    page = text_of(signed_in(cast.partner).get(url("dependence_list")))
    assert sole.name in page
    assert dependence(cast.outsider) == []
    assert signed_in(cast.partner).get(url("dependence_list") + "?format=xlsx").status_code == 200


@pytest.mark.parametrize("n", [2, 30])
def test_the_lists_cost_the_same_whatever_their_length(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _number in range(n):
        client = make_client(account_manager=cast.manager)
        for _each in range(3):
            touch(client, cast.consultant, contact=make_contact(client))
    browser = signed_in(cast.manager)
    for name in ("coverage_list", "dependence_list"):
        browser.get(url(name))
        with django_assert_max_num_queries(20):
            browser.get(url(name))
