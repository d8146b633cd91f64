"""Today: what waits for one person, and what it costs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client
from clients.reports.attention_share import attention_by_tier
from clients.reports.worklist import worklist
from clients.services.facts import add_member
from clients.services.tasks import TaskDraft, open_task
from tests.clients.pages import signed_in, text_of, url, valued
from tests.make import Cast, make_call, make_client, make_contact, make_promised, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def test_today_shows_what_waits_and_what_the_clients_are_worth(cast: Cast) -> None:
    late = valued(name="Zarja", account_manager=cast.manager, since_on=date(2020, 1, 1))
    make_promised(late, by=cast.manager, due=(timezone.localdate() - timedelta(days=1)).isoformat())
    draft: dict[str, Any] = {"assignee": cast.manager, "client": late, "due_at": timezone.now()}
    open_task(TaskDraft(kind="package_low", source="package:1", title="Support 2026, soon empty", **draft))
    page = text_of(signed_in(cast.manager).get(url("today")))
    for words in ("One client needs you today", "Memo on VAT", "not warned", "Support 2026, soon empty", "days late"):
        assert words in page


def test_an_empty_today_says_so(cast: Cast) -> None:
    assert "A quiet day" in text_of(signed_in(cast.finance).get(url("today")))


def test_today_is_one_persons_own(cast: Cast) -> None:
    make_promised(make_client(name="Zarja", account_manager=cast.manager), by=cast.manager)
    assert "Zarja" not in text_of(signed_in(cast.partner).get(url("today")))


def test_a_consultant_sees_no_amount_on_today(cast: Cast) -> None:
    client = valued(name="Zarja")
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    due = (timezone.localdate() + timedelta(days=1)).isoformat()
    make_promised(client, by=cast.consultant, due=due)
    page = text_of(signed_in(cast.consultant).get(url("today")))
    assert "Zarja" in page
    assert "12\u202f3" not in page
    assert "10\u202f000 to 50\u202f000" in page


@pytest.mark.parametrize("n", [3, 30])
def test_today_costs_the_same_whatever_waits(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for number in range(n):
        client = valued(account_manager=cast.manager, since_on=date(2020, 1, 1))
        make_call(client, by=cast.manager, occurred_at=timezone.now() - timedelta(days=200), at=timezone.now())
        make_promised(client, by=cast.manager, due=timezone.localdate().isoformat())
        draft: dict[str, Any] = {"assignee": cast.manager, "client": client, "due_at": timezone.now()}
        open_task(TaskDraft(kind="renewal", source=f"retainer:{number}", title="Renew", **draft))
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(18):
        browser.get(url("today"))


def by_weight(person: Any) -> list[str]:
    return [row.client.name for row in worklist(person, at=timezone.now()).ranked if row.client]


def test_one_list_over_all_sources_is_ranked_by_value_at_stake_and_lateness(cast: Cast) -> None:
    today = timezone.localdate()
    great = valued(name="Great", account_manager=cast.manager, since_on=today)
    small = make_client(name="Small", account_manager=cast.manager, since_on=today)
    make_promised(small, by=cast.manager, due=(today - timedelta(days=1)).isoformat())
    make_promised(great, by=cast.manager, due=(today + timedelta(days=1)).isoformat())
    late = timezone.now() - timedelta(days=40)
    open_task(TaskDraft(kind="other", source="x:1", client=great, assignee=cast.manager, title="Ask", due_at=late))
    assert by_weight(cast.manager) == ["Great", "Great", "Small"]
    text = text_of(signed_in(cast.manager).get(url("today") + "?order=weight"))
    assert text.index("Ask") < text.index("Small")
    assert "By kind" in text


def test_what_a_task_puts_at_stake_moves_nothing_for_who_may_not_see_it(cast: Cast) -> None:
    now = timezone.now()
    for number, stake in ((1, "10.00"), (2, "99000.00")):
        client = make_client(name=f"Client {number}", account_manager=cast.manager)
        add_member(client, user=cast.consultant, on=timezone.localdate())
        draft = TaskDraft(
            kind="other",
            source=f"x:{number}",
            client=client,
            assignee=cast.consultant,
            title="Ask",
            due_at=now,
            value_at_stake=Decimal(stake),
        )
        open_task(draft)
    assert by_weight(cast.consultant) == ["Client 1", "Client 2"]


def spoken_with(tier: str, times: int, **kw: Any) -> None:
    client = make_client(tier=tier, **kw)
    for _time in range(times):
        make_call(client, contacts=[make_contact(client)], at=timezone.now() - timedelta(days=3))


def test_attention_share_is_of_two_way_touches_with_the_clients_that_one_keeps(cast: Cast) -> None:
    spoken_with("vip", 1, account_manager=cast.manager)
    spoken_with("c", 3, account_manager=cast.manager)
    spoken_with("a", 6)
    merged = make_client(tier="c", merged_into=Client.objects.get(tier="vip"), account_manager=cast.manager)
    make_call(merged, contacts=[make_contact(merged)], at=timezone.now() - timedelta(days=3))
    make_call(Client.objects.get(tier="c", merged_into=None), at=timezone.now() - timedelta(days=100))
    own = {row.tier: row for row in attention_by_tier(cast.manager, at=timezone.now()).rows}
    assert {tier: (row.clients, row.touches) for tier, row in own.items() if row.clients} == {
        "vip": (1, 2),
        "c": (1, 3),
    }
    assert (own["vip"].share, own["vip"].is_short, own["c"].is_short) == (Decimal("0.4"), True, False)
    firm = attention_by_tier(cast.partner, at=timezone.now())
    assert (firm.is_firm, firm.touches, firm.clients) == (True, 11, 3)


def test_attention_share_shows_share_and_target_to_who_keeps_clients(cast: Cast) -> None:
    spoken_with("vip", 1, account_manager=cast.manager)
    spoken_with("c", 3, account_manager=cast.manager)
    page = text_of(signed_in(cast.manager).get(url("attention_share")))
    for words in ("25%", "93%", "of 13 asked", "Less than their part"):
        assert words in page
    assert signed_in(cast.consultant).get(url("attention_share")).status_code == 404
    assert url("attention_share") in signed_in(cast.manager).get(url("today")).content.decode()
    assert url("attention_share") not in signed_in(cast.consultant).get(url("today")).content.decode()


@pytest.mark.parametrize("n", [1, 20])
def test_attention_share_costs_three_statements_whatever_is_kept(
    cast: Cast, n: int, django_assert_num_queries: Any
) -> None:
    for _client in range(n):
        spoken_with("a", 2, account_manager=cast.manager)
    with django_assert_num_queries(3):
        attention_by_tier(cast.manager, at=timezone.now())


def test_the_maker_is_asked_on_the_last_day_whether_it_will_be_kept(cast: Cast) -> None:
    promise = make_promised(
        make_client(account_manager=cast.manager), by=cast.manager, due=timezone.localdate().isoformat()
    )
    browser, question = signed_in(cast.manager), "Due within a day: keep it, or warn now?"
    assert question in text_of(browser.get(url("today")))
    assert browser.post(url("promise_on_track", promise.pk)).status_code == 302
    assert question not in text_of(browser.get(url("today")))
