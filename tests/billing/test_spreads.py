"""Fairness of prices: the ordinary price, the best one, how far they are apart, and what that means for a service."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from billing.documents.offers import offer_paper
from billing.models import Discount
from billing.rules.rates import Rate, RateQuestion
from billing.rules.spread import discounted, margin_after, spread_of
from billing.services.discounts import ask_for_discount, decide_discount
from billing.services.partner_questions import raise_spreads
from billing.services.spreads import PriceSpread, price_spreads
from clients.models import ClientFigure, ServiceLine, Task
from tests.make import Cast, make_client, make_engagement, make_rate, make_seller, make_service_line, make_tiers
from tests.make.hours import AT, DAY
from tests.make.offers import make_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> ServiceLine:
    make_tiers()
    make_rate()
    return make_service_line("support")


def give(cast: Cast, percent: str, **kw: object) -> Discount:
    discount = Discount(**{"percent": Decimal(percent), "valid_from": date(2026, 1, 1), "reason": "Loyal", **kw})
    asked = ask_for_discount(discount, by=cast.manager, at=AT)
    return asked if asked.approved else decide_discount(asked, approved=True, by=cast.partner, at=AT)


def found(line: ServiceLine) -> PriceSpread:
    return next(row for row in price_spreads(on=DAY) if row.line == line)


def test_the_spread_is_one_less_best_by_ordinary() -> None:
    assert spread_of(Decimal("105.00"), Decimal("150.00")) == Decimal("0.300000")
    assert spread_of(Decimal("160.00"), Decimal("150.00")) == 0
    assert discounted(Decimal("150.00"), Decimal("12.50"), "EUR") == Decimal("131.25")


def test_the_margin_after_takes_the_discount_off_both() -> None:
    assert margin_after(Decimal(1000), Decimal(400), off=Decimal(200)) == Decimal("0.250000")
    assert margin_after(Decimal(100), Decimal(40), off=Decimal(100)) is None


def test_each_client_is_asked_about_its_own_rates_and_the_general_ones(
    line: ServiceLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in range(8):
        make_rate(client=make_client(name=f"Client {place}"), amount=Decimal("140.00"))
    asked, admits = [], RateQuestion.admits

    def counted(question: RateQuestion, rate: Rate) -> bool:
        asked.append(rate)
        return admits(question, rate)

    monkeypatch.setattr(RateQuestion, "admits", counted)
    best = found(line).best
    assert best is not None
    assert (best.amount, len(asked)) == (Decimal("140.00"), 1 + 8 * 2)


def test_where_nobody_pays_less_nothing_is_apart(line: ServiceLine) -> None:
    make_rate(client=make_client(), amount=Decimal("160.00"))
    row = found(line)
    assert (row.ordinary.amount, row.best, row.spread, row.is_too_wide) == (Decimal("150.00"), None, Decimal(0), False)


def test_a_client_s_rate_and_discount_together_make_the_best_price(cast: Cast, line: ServiceLine) -> None:
    cheap = make_client(name="Cheap")
    make_rate(client=cheap, amount=Decimal("120.00"))
    give(cast, "10", client=cheap)
    row = found(line)
    assert row.best is not None
    assert (row.best.name, row.best.amount, row.spread) == ("Cheap", Decimal("108.00"), Decimal("0.280000"))
    assert row.is_too_wide


def test_a_quarter_exactly_is_not_too_wide_and_an_incentive_never_is(cast: Cast, line: ServiceLine) -> None:
    give(cast, "25", tier="vip")
    assert (found(line).spread, found(line).is_too_wide) == (Decimal("0.250000"), False)
    give(cast, "40", tier="a")
    assert found(line).is_too_wide
    ServiceLine.objects.filter(pk=line.pk).update(spread_policy="incentive")
    assert not found(line).is_too_wide


def test_refused_ended_contract_and_other_services_discounts_do_not_count(cast: Cast, line: ServiceLine) -> None:
    client = make_client()
    give(cast, "50", tier="b", valid_to=date(2026, 2, 1))
    give(cast, "50", tier="a", service_line=make_service_line("training"))
    asked = ask_for_discount(
        Discount(client=client, percent=Decimal(50), valid_from=date(2026, 1, 1), reason="x"), by=cast.manager, at=AT
    )
    other = make_client()
    give(cast, "50", client=other, engagement=make_engagement(other, lead=cast.manager))
    assert found(line).spread == 0
    decide_discount(asked, approved=False, by=cast.partner, at=AT)
    assert found(line).spread == 0


def test_a_price_in_another_currency_or_tax_basis_is_not_compared(line: ServiceLine) -> None:
    make_rate(client=make_client(), amount=Decimal("90.00"), price_includes_tax=False)
    make_rate(client=make_client(), amount=Decimal("90.00"), currency="USD")
    assert found(line).best is None


def test_a_partner_is_asked_once_a_quarter(cast: Cast, line: ServiceLine) -> None:
    give(cast, "40", tier="a")
    wide = [row.line for row in price_spreads(on=DAY) if row.is_too_wide]
    assert (raise_spreads(wide, on=DAY, at=AT), raise_spreads(wide, on=DAY, at=AT)) == (1, 0)
    assert Task.objects.get(kind="price_spread").assignee == cast.partner


def test_many_prices_cost_as_many_statements_as_one(cast: Cast, line: ServiceLine) -> None:
    counts = []
    for _round in range(2):
        for _number in range(4):
            make_rate(client=make_client(), amount=Decimal("120.00"))
        with CaptureQueriesContext(connection) as captured:
            price_spreads(on=DAY)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_offer_shows_the_steps_of_a_service_that_is_meant_to_motivate(cast: Cast, line: ServiceLine) -> None:
    give(cast, "15", tier="vip")
    give(cast, "5", tier="a")
    give(cast, "50", client=make_client())
    client = make_client(language="en")
    texts = offer_paper(make_offer(client, service_line=line)).texts
    assert not any("steps" in text for text in texts)
    line.spread_policy = "incentive"
    line.save()
    texts = offer_paper(make_offer(client, service_line=line, title="Another")).texts
    shown = texts[-1].replace("\u202f", " ").replace("\u00a0", " ")
    assert "5%: 142.50" in shown
    assert "15%: 127.50" in shown
    assert "50%" not in shown


def test_the_margin_after_a_discount_is_kept_with_the_request_and_the_decision(cast: Cast, line: ServiceLine) -> None:
    client = make_client()
    figures = ClientFigure.objects.create(client=client, revenue_12m=Decimal(1000), margin_12m=Decimal(400))
    asked = ask_for_discount(
        Discount(client=client, percent=Decimal(20), valid_from=DAY, reason="Loyal"), by=cast.manager, at=AT
    )
    assert asked.margin_after == Decimal("0.250000")
    ClientFigure.objects.filter(pk=figures.pk).update(margin_12m=Decimal(300))
    assert decide_discount(asked, approved=True, by=cast.partner, at=AT).margin_after == Decimal("0.125000")
    assert give(cast, "1", client=make_client()).margin_after is None
    whole_tier = give(cast, "20", tier=client.tier)
    assert whole_tier.margin_after == Decimal("0.125000")
    assert give(cast, "20", client=client, service_line=line).margin_after == Decimal("0.300000")


def test_discount_list_shows_prices_apart_and_margins_to_who_may_know_costs(
    client: Browser, cast: Cast, line: ServiceLine
) -> None:
    own = make_client(account_manager=cast.manager)
    ClientFigure.objects.create(client=own, revenue_12m=Decimal(1000), margin_12m=Decimal(400))
    give(cast, "40", client=own)
    client.force_login(cast.partner)
    shown = client.get("/discounts/").content.decode()
    assert "Fairness of prices" in shown
    assert "margin after it 0%" in shown
    assert client.get("/api/v1/discounts/").json()["results"][0]["margin_after"] == "0.000000"
    client.force_login(cast.manager)
    shown = client.get("/discounts/").content.decode()
    assert "40" in shown
    assert "Fairness of prices" not in shown
    assert "margin after" not in shown
    assert client.get("/api/v1/discounts/").json()["results"][0]["margin_after"] is None


def test_each_own_company_has_its_own_ordinary_price(line: ServiceLine) -> None:
    russian = make_seller("RU")
    make_rate(russian, amount=Decimal(6500))
    assert {row.ordinary.currency for row in price_spreads(on=DAY) if row.line == line} == {"EUR", "RUB"}
