"""Delivery asks who keeps the client which neighbouring services were mentioned."""

from datetime import date

import pytest

from billing.models import Offer
from billing.services.engagements import close_engagement
from billing.services.offers import close_offer
from clients.models import Task
from tests.make import Cast, make_client, make_engagement, make_service_line
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)
Reason = Offer.CloseReason


def test_a_closed_engagement_asks_the_account_manager(cast: Cast) -> None:
    make_service_line("law")
    close_engagement(make_engagement(client=make_client(account_manager=cast.manager)), on=DAY)
    task = Task.objects.get(kind="mention_services")
    assert task.assignee == cast.manager


@pytest.mark.parametrize(
    ("reason", "asks"), [(Reason.DELIVERED, 1), (Reason.CLOSED_BY_CLIENT, 1), (Reason.CLOSED_BY_US, 0)]
)
def test_a_closed_offer_asks_where_something_was_delivered(cast: Cast, reason: str, asks: int) -> None:
    make_service_line("law")
    close_offer(make_accepted_offer(make_client(account_manager=cast.manager)), reason=reason, on=DAY)
    assert Task.objects.filter(kind="mention_services").count() == asks
