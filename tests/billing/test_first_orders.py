"""The first order of a client opens a plan of tasks, once; each closes when the thing has happened."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import HourPackage, Offer, Retainer
from billing.services.checkpoints import finish_checkpoint, plan_checkpoint
from billing.services.offers import Signer, decide_offer, send_offer
from billing.services.packages import sell_package
from billing.services.retainers import agree_retainer, change_retainer
from clients.models import CarePolicy, Client, FirstOrder, Task
from clients.reports.first_orders import plan_of
from clients.rules.first_order import Step
from clients.services.facts import add_member
from clients.services.first_orders import open_plan, review_plans
from clients.services.interactions import log_interaction
from clients.services.tasks import dismiss_task, finish_task
from loyalty.services.loyalty_tests import Said, hold_test
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_need, make_offer, make_user
from tests.make.hours import make_package
from tests.statements import counted

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    return make_client(account_manager=cast.manager)


def accept(client: Client, **kw: Any) -> Offer:
    offer = make_offer(client, contact=make_contact(client), valid_until=TODAY + timedelta(days=30), **kw)
    return decide_offer(send_offer(offer, at=NOW), accepted=True, signer=Signer("Petra Hofmann"), at=NOW)


def sell(client: Client, cast: Cast, **kw: Any) -> HourPackage:
    fields = {"name": "50 hours", "purchased_minutes": 3000, "price": 6750, "valid_from": TODAY, **kw}
    package = HourPackage(
        client=client, seller=client.default_seller, currency="EUR", price_includes_tax=True, **fields
    )
    return sell_package(package, by=cast.manager, on=TODAY, at=NOW)


def contract(client: Client, **kw: Any) -> Retainer:
    fields = {"name": "Care", "monthly_fee": 900, "currency": "EUR", "price_includes_tax": True, **kw}
    row = Retainer(client=client, seller=client.default_seller, starts_on=TODAY, **{"status": "active", **fields})
    return agree_retainer(row, by=None, on=TODAY, at=NOW)


def steps(client: Client) -> set[str]:
    return {row.step.value for row in plan_of(client.first_order, make_user()).steps if row.is_done}


def opened(client: Client, **kw: Any) -> FirstOrder:
    order = open_plan(client, **{"ordered_on": TODAY, "occasion": "Second server", "at": NOW, **kw})
    assert order is not None
    return order


def test_the_first_accepted_offer_opens_the_plan(cast: Cast, alfa: Client) -> None:
    offer = accept(alfa)
    order = FirstOrder.objects.get(client=alfa)
    assert order.until_on == TODAY + timedelta(days=90)
    assert offer.number in order.occasion
    tasks = Task.objects.filter(kind="first_order", client=alfa)
    assert tasks.count() == len(Step)
    assert {task.assignee for task in tasks} == {cast.manager}
    accept(alfa)
    sell(alfa, cast)
    assert FirstOrder.objects.count() == 1
    assert tasks.count() == len(Step)


def test_a_declined_offer_a_granted_package_and_a_draft_contract_are_no_order(cast: Cast, alfa: Client) -> None:
    offer = make_offer(alfa, contact=make_contact(alfa), valid_until=TODAY + timedelta(days=30))
    decide_offer(send_offer(offer, at=NOW), accepted=False, signer=Signer("Petra Hofmann"), at=NOW)
    sell(alfa, cast, kind="granted", price=0, grant_reason="For trying")
    draft = contract(alfa, status="draft")
    assert not FirstOrder.objects.exists()
    draft.status = Retainer.Status.ACTIVE
    change_retainer(draft, by=None, on=TODAY, at=NOW)
    assert FirstOrder.objects.get().occasion == "Care"


def test_a_first_package_or_contract_opens_it_too(cast: Cast) -> None:
    bought, agreed = make_client(account_manager=cast.manager), make_client(account_manager=cast.manager)
    sell(bought, cast)
    contract(agreed)
    assert set(FirstOrder.objects.values_list("client", flat=True)) == {bought.pk, agreed.pk}


def test_who_ordered_before_gets_no_plan(cast: Cast, alfa: Client) -> None:
    make_package(alfa)
    accept(alfa)
    gone = make_client(merged_into=alfa)
    sell(gone, cast)
    assert not FirstOrder.objects.exists()


def test_an_old_order_that_is_entered_late_opens_nothing(alfa: Client) -> None:
    assert open_plan(alfa, ordered_on=TODAY - timedelta(days=90), occasion="Old", at=NOW) is None
    CarePolicy.objects.create(pk=1, plan_days=120)
    assert opened(alfa, ordered_on=TODAY - timedelta(days=90)).days == 120


def test_the_welcome_call_is_due_within_two_working_days(alfa: Client) -> None:
    friday = TODAY - timedelta(days=(TODAY.weekday() - 4) % 7)
    opened(alfa, ordered_on=friday)
    task = Task.objects.get(source=f"client:{alfa.pk}:welcome")
    assert timezone.localdate(task.due_at).weekday() == 1


def test_touches_needs_checkpoints_and_tests_close_their_steps(cast: Cast, alfa: Client) -> None:
    opened(alfa)
    payer, user = make_contact(alfa, buying_role="customer"), make_contact(alfa, buying_role="consumer")

    def touch(kind: str, *people: Any) -> None:
        log_interaction(alfa, by=cast.manager, occurred_at=NOW, at=NOW, contacts=people, kind=kind)

    touch("call")
    assert steps(alfa) == set()
    touch("call", payer)
    assert steps(alfa) == {"welcome"}
    touch("meeting", payer)
    assert steps(alfa) == {"welcome", "payer"}
    touch("meeting", user)
    make_need(alfa)
    assert steps(alfa) == {"welcome", "payer", "user", "need"}
    retainer = contract(alfa)
    day = TODAY + timedelta(days=20)
    finish_checkpoint(
        plan_checkpoint(retainer, due_on=day, deliverable="Review", on=TODAY, at=NOW),
        findings="All well",
        done_at=NOW,
        by=cast.manager,
        at=NOW,
    )
    said = {"gains": Said("Saves a day a month", "Said so on the phone")}
    hold_test(alfa, answers=said, by=cast.manager, on=TODAY, at=NOW)
    assert steps(alfa) == {"welcome", "payer", "user", "need", "checkpoint", "loyalty"}


def test_what_happened_before_the_plan_was_opened_counts_and_nothing_opens_twice(cast: Cast, alfa: Client) -> None:
    at = NOW - timedelta(days=2)
    person = make_contact(alfa, buying_role="both")
    log_interaction(alfa, by=cast.manager, occurred_at=at, at=at, contacts=[person], kind="meeting")
    opened(alfa, ordered_on=TODAY - timedelta(days=3))
    assert steps(alfa) == {"payer", "user"}
    tasks = list(Task.objects.filter(kind="first_order").values_list("pk", "state"))
    review_plans(at=NOW)
    open_plan(alfa, ordered_on=TODAY, occasion="Again", at=NOW)
    assert list(Task.objects.filter(kind="first_order").values_list("pk", "state")) == tasks


def test_the_night_finds_what_was_written_past_the_services(cast: Cast, alfa: Client) -> None:
    order = opened(alfa, ordered_on=TODAY - timedelta(days=40))
    person = make_contact(alfa, buying_role="consumer")
    row = alfa.interactions.create(kind="meeting", occurred_at=NOW - timedelta(hours=2), logged_by=cast.manager)
    row.contacts.add(person)
    review_plans(at=NOW)
    assert steps(alfa) == {"user", "checkpoint"}
    assert plan_of(order, cast.manager).percent == 28


def test_the_card_shows_how_far_the_plan_has_come(cast: Cast, alfa: Client) -> None:
    assert "The first weeks" not in text_of(signed_in(cast.manager).get(url("client", alfa.pk)))
    order = opened(alfa)
    finish_task(Task.objects.get(source=f"client:{alfa.pk}:profile"), by=cast.manager, at=NOW)
    dismissed = Task.objects.get(source=f"client:{alfa.pk}:checkpoint")
    dismiss_task(dismissed, reason="One delivery only", by=cast.manager, at=NOW)
    assert "The first weeks" in text_of(signed_in(cast.manager).get(url("client", alfa.pk)))
    shown = text_of(signed_in(cast.manager).get(url("client_first_order", alfa.pk)))
    assert "1 of 6 done" in shown
    assert "Meet who pays" in shown
    assert signed_in(cast.consultant).get(url("client_first_order", alfa.pk)).status_code == 404
    add_member(alfa, user=cast.consultant, on=TODAY)
    seen = text_of(signed_in(cast.consultant).get(url("client_first_order", alfa.pk)))
    test_page = reverse("loyalty:test_edit", args=[alfa.pk])
    assert test_page in shown
    assert test_page not in seen
    FirstOrder.objects.filter(pk=order.pk).update(
        ordered_on=TODAY - timedelta(days=200), until_on=TODAY - timedelta(days=31)
    )
    assert "The first weeks" not in text_of(signed_in(cast.manager).get(url("client", alfa.pk)))
    assert signed_in(cast.manager).get(url("client_first_order", alfa.pk)).status_code == 404


def test_first_order_list_shows_how_far_each_plan_has_come_and_exports_it(cast: Cast, alfa: Client) -> None:
    opened(alfa)
    old = opened(make_client(name="Beta", account_manager=cast.manager))
    FirstOrder.objects.filter(pk=old.pk).update(
        ordered_on=TODAY - timedelta(days=200), until_on=TODAY - timedelta(days=110)
    )
    task = Task.objects.get(kind="first_order", client=alfa, source__endswith=":welcome")
    finish_task(task, by=cast.manager, at=NOW)
    browser = signed_in(cast.manager)
    running = text_of(browser.get(url("first_order_list"), {"running": "true"}))
    assert (alfa.name in running, "Beta" in running) == (True, False)
    assert f"1 of {len(Step)} done" in running
    assert "Beta" in text_of(browser.get(url("first_order_list"), {"search": "beta", "running": "false"}))
    rows = b"".join(browser.get(url("first_order_list"), {"format": "csv", "running": "true"})).decode().splitlines()
    assert (len(rows), alfa.name in rows[1]) == (2, True)
    assert alfa.name not in text_of(signed_in(cast.consultant).get(url("first_order_list")))


def test_the_list_of_plans_asks_as_often_for_many_as_for_one(cast: Cast, alfa: Client) -> None:
    opened(alfa)
    browser, api = signed_in(cast.manager), make_api(cast.manager)
    asked = []
    for _round in range(2):
        for get in (lambda: browser.get(url("first_order_list")), lambda: api.get("/api/v1/first-orders/")):
            get()
            with counted() as statements:
                get()
            asked.append(len(statements))
        for _n in range(4):
            opened(make_client(account_manager=cast.manager))
    assert asked[:2] == asked[2:]


def test_plans_over_the_api(cast: Cast, alfa: Client) -> None:
    order = opened(alfa)
    api = make_api(cast.manager)
    row = api.get("/api/v1/first-orders/", {"running_on": TODAY.isoformat()}).json()["results"][0]
    assert (row["id"], row["client"], len(row["steps"])) == (order.pk, alfa.pk, len(Step))
    assert {step["state"] for step in row["steps"]} == {"open"}
    assert api.post("/api/v1/first-orders/", {"client": alfa.pk}).status_code == 405
    assert make_api(cast.consultant).get(f"/api/v1/first-orders/{order.pk}/").status_code == 404
