"""Revenue, work, surveys and answers for tests of loyalty; the rollups are written as billing keeps them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from billing.models import RevenueDay, WorkMonth
from clients.models import Client, Contact
from clients.services.facts import write_figures
from crm.models import User
from loyalty.models import FirmFigure, LoyaltyPolicy, Survey, SurveyResponse
from loyalty.services.badges import refresh_badges
from tests.make.clients import make_client, make_contact, make_seller
from tests.make.people import make_user

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
_numbers = count(1)


def make_revenue(client: Client, amount: str, *, on: date = date(2026, 6, 10), **kw: Any) -> RevenueDay:
    """One invoice's revenue on a day, in the base currency."""
    net = Decimal(amount)
    standing = {"standing_amount": net, "invoice_count": 1}
    fields = {"seller": client.default_seller or make_seller(), **standing, **kw}
    return RevenueDay.objects.create(client=client, issued_on=on, net_amount=net, **fields)


def make_buyer(amounts: str, *, on: date = date(2026, 6, 10), **kw: Any) -> Client:
    """A client of many years whose invoices had these amounts, each in a month of its own, back from a day."""
    client = make_client(**{"since_on": date(2020, 1, 1), **kw})
    for back, amount in enumerate(amounts.split()):
        make_revenue(client, amount, on=date(on.year, on.month - back, on.day))
    return client


def make_value(client: Client, amount: str) -> Client:
    """A client of this simple value, with badge and band as the policy wants them."""
    write_figures("value", {client.pk: {"simple_value": Decimal(amount)}}, as_of=timezone.localdate())
    refresh_badges(LoyaltyPolicy.load(), on=timezone.localdate(), clients=[client.pk])
    return client


def make_work_cost(client: Client, amount: str, *, month: date = date(2026, 6, 1)) -> WorkMonth:
    return WorkMonth.objects.create(client=client, month_on=month, minutes=600, cost_amount=Decimal(amount))


def make_survey(*, by: User | None = None, **kw: Any) -> Survey:
    fields = {"name": f"Survey {next(_numbers)}", "made_by": by or make_user(), **kw}
    return Survey.objects.create(**fields)


def make_answer(
    score: int, contact: Contact | None = None, *, survey: Survey | None = None, **kw: Any
) -> SurveyResponse:
    contact = contact or make_contact()
    fields = {"client": contact.client, "answered_at": NOW, **kw}
    return SurveyResponse.objects.create(survey=survey or make_survey(), contact=contact, score=score, **fields)


def make_firm_figure(*, cash: str | None = "300.00", cost: str | None = "250.00", **kw: Any) -> FirmFigure:
    fields = {"valid_on": date(2026, 1, 1), "made_by": kw.pop("by", None) or make_user(), **kw}
    return FirmFigure.objects.create(
        cash=None if cash is None else Decimal(cash),
        fixed_cost_monthly=None if cost is None else Decimal(cost),
        **fields,
    )
