"""Who is known how well: clients that are asked about in each quarter, with the score of this one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from clients.models import Client
from crm.models import User
from loyalty.models import LoyaltyTest
from loyalty.rules.loyalty_test import Question
from loyalty.services.loyalty_tests import tested_clients

WHOLE = len(Question)
SHOWS: Mapping[str, Q] = {
    "none": Q(test_score=None),
    "open": Q(test_score__lt=WHOLE),
    "done": Q(test_score=WHOLE),
}


def known_rows(user: User, *, quarter: date, show: str = "") -> Any:
    """Own clients of the tiers that are tested, the least known first; `test_score` is None before the test."""
    rows = _tested(user, quarter).filter(SHOWS.get(show, Q())).with_shown_figures(user)
    return rows.select_related("account_manager", "figures").order_by(
        Coalesce("test_score", Value(-1)), "tier", "name", "pk"
    )


def counts_of(user: User, *, quarter: date) -> dict[str, int]:
    counts = {name: Count("pk", filter=condition) for name, condition in SHOWS.items()}
    found: dict[str, int] = _tested(user, quarter).aggregate(**counts)
    return found


def history_of(client: Client) -> list[LoyaltyTest]:
    """All tests of a client with their scores, the newest first; one statement."""
    return list(LoyaltyTest.objects.filter(client=client).with_score().select_related("held_by"))


def _tested(user: User, quarter: date) -> Any:
    tests = LoyaltyTest.objects.filter(client=OuterRef("pk")).of_quarter(quarter).order_by().values("client")
    score = Subquery(tests.annotate(score=Count("answers")).values("score"), output_field=IntegerField())
    return tested_clients().changeable_by(user).annotate(test_score=score)
