"""loyalty.services.dependence: what hangs on one of us, kept once a night and read by the portfolio."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from clients.services.facts import write_figures
from crm.models import User
from loyalty.models import DependenceSnapshot
from loyalty.services.concentration import refresh_concentration
from loyalty.services.dependence import refresh_dependence
from tests.make import Cast, browser_of, make_call, make_client, make_revenue

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def known_to(*people: User, revenue: str, calls: int = 3, status: str = "active") -> Client:
    client = make_client(status=status, since_on=date(2024, 1, 1))
    for number in range(calls):
        at = datetime(2026, 11, 2, 10, tzinfo=UTC) + timedelta(days=number)
        make_call(client, by=people[number % len(people)], at=at)
    write_figures("revenue", {client.pk: {"revenue_12m": Decimal(revenue)}}, as_of=ON)
    return client


def test_clients_whom_one_person_alone_knows_are_counted_with_their_share(cast: Cast) -> None:
    known_to(cast.manager, revenue="300.00")
    known_to(cast.manager, revenue="100.00")
    known_to(cast.partner, revenue="100.00")
    known_to(cast.manager, cast.partner, revenue="500.00")
    known_to(cast.partner, revenue="0.00", calls=2)
    known_to(cast.partner, revenue="9000.00", status="lost")
    assert refresh_dependence(on=ON) == 2
    rows = DependenceSnapshot.objects.order_by("-revenue").values_list("employee", "client_count", "revenue", "share")
    assert list(rows) == [
        (cast.manager.pk, 2, Decimal("400.00"), Decimal("0.400000")),
        (cast.partner.pk, 1, Decimal("100.00"), Decimal("0.100000")),
    ]


def test_a_night_run_twice_leaves_one_row_and_history_stays(cast: Cast) -> None:
    known_to(cast.manager, revenue="300.00")
    for on in (ON - timedelta(days=1), ON, ON):
        refresh_dependence(on=on)
    assert DependenceSnapshot.objects.count() == 2


def test_the_portfolio_shows_the_newest_night_without_asking_interactions(cast: Cast) -> None:
    today = timezone.localdate()
    client = known_to(cast.manager, revenue="300.00")
    make_revenue(client, "300.00", on=today - timedelta(days=40))
    url = reverse("loyalty:portfolio")
    assert "knows at least two of us, or the night has not" in browser_of(cast.partner).get(url).content.decode()
    for day, shown in ((today - timedelta(days=1), True), (today, False)):
        refresh_dependence(on=day)
        refresh_concentration(on=day)
        text = browser_of(cast.partner).get(url).content.decode()
        assert ("Clients whose last ten contacts were all with this person" in text) is shown
        make_call(client, by=cast.partner, at=timezone.now())
