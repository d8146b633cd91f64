"""The answers behind an NPS: filters of every breakdown, the file, and the five ways to count them."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, ClientAnchor, KeyClientDesignation
from clients.services.facts import write_figures
from crm.periods import trailing_months
from loyalty.reports.nps import answers_of, views_of
from loyalty.services.nps import nps_report
from tests.loyalty.test_grids import rows_of
from tests.make import Cast, browser_of, make_answer, make_client, make_contact, make_service_line

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate()
WINDOW = trailing_months(TODAY, 12)


def answered(client: Client, *scores: int, **kw: object) -> None:
    for score in scores:
        make_answer(score, make_contact(client, **kw), answered_at=NOW - timedelta(days=2), comment=f"Gave {score}.")


def scores(cast: Cast, **asked: object) -> Sequence[int]:
    return sorted(answers_of(cast.partner, WINDOW, **asked).values_list("score", flat=True))  # type: ignore[arg-type]


@pytest.fixture
def two(cast: Cast) -> tuple[Client, Client]:
    """A vip client of the manager that uses audit and is our yardstick, and a c client of the partner."""
    audit = make_service_line("audit")
    first = make_client(tier="vip", account_manager=cast.manager)
    second = make_client(tier="c", account_manager=cast.partner)
    ClientAnchor.objects.create(client=first, service_line=audit, is_active=True, as_of_on=TODAY)
    KeyClientDesignation.objects.create(
        client=first, type="image", reason="known", since_on=TODAY - timedelta(days=9), quality_yardstick=True
    )
    answered(first, 10, buying_role="customer", level="management")
    answered(first, 9, buying_role="consumer", level="staff")
    answered(second, 2, buying_role="customer", level="staff")
    return first, second


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [2, 9, 10]),
        ({"role": "customer"}, [2, 10]),
        ({"level": "staff"}, [2, 9]),
        ({"tier": "vip"}, [9, 10]),
        ({"designation": "image"}, [9, 10]),
        ({"designation": "quality_yardstick", "level": "staff"}, [9]),
        ({"line": "audit"}, [9, 10]),
        ({"line": "none such"}, []),
        ({"category": "detractor"}, [2]),
        ({"words": "gave 10"}, [10]),
        ({"role": "nobody", "level": "x", "tier": "y", "designation": "z"}, [2, 9, 10]),
    ],
)
def test_answers_are_filtered_by_every_breakdown(
    cast: Cast, two: tuple[Client, Client], asked: dict[str, str], expected: list[int]
) -> None:
    assert scores(cast, **asked) == expected


def test_answers_of_an_account_manager_s_clients_and_of_those_merged_into_them(
    cast: Cast, two: tuple[Client, Client]
) -> None:
    gone = make_client(merged_into=two[0], account_manager=cast.partner)
    answered(gone, 7)
    assert scores(cast, employee=cast.manager.pk) == [7, 9, 10]
    assert scores(cast, line="audit") == [7, 9, 10]


def test_every_row_of_a_breakdown_opens_its_answers(cast: Cast, two: tuple[Client, Client]) -> None:
    browser = browser_of(cast.partner)
    text = browser.get(reverse("loyalty:nps")).content.decode()
    for query in ("role=customer", "tier=vip", "designation=image", "line=audit", "level=staff"):
        assert f"?{query}#answers" in text
    assert f"?employee={cast.manager.pk}#answers" in text
    shown = browser.get(reverse("loyalty:nps"), {"line": "audit"}, headers={"HX-Request": "true"}).content.decode()
    assert "Gave 10." in shown
    assert "Gave 2." not in shown
    assert 'name="line" value="audit"' in shown


def test_the_answers_leave_as_a_file_as_the_page_filters_them(cast: Cast, two: tuple[Client, Client]) -> None:
    url = reverse("loyalty:answer_export") + "?headers=names"
    head, *rows = rows_of(browser_of(cast.partner), f"{url}&level=staff")
    assert sorted(row[head.index("score")] for row in rows) == ["2", "9"]
    assert {row[head.index("comment")] for row in rows} == {"Gave 2.", "Gave 9."}
    own = rows_of(browser_of(cast.manager), url)[1:]
    assert sorted(row[head.index("score")] for row in own) == ["10", "9"]
    for user in (cast.consultant, cast.finance):
        assert browser_of(user).get(url).status_code == 404
    assert browser_of(cast.partner).get(f"{url}&employee=x&months=7&format=xlsx").status_code == 200


def test_the_same_answers_are_counted_in_five_ways(cast: Cast, two: tuple[Client, Client]) -> None:
    first, second = two
    answered(second, 9, influence="decision_maker")
    report = nps_report(WINDOW)
    plain = {str(view.label): view for view in views_of(report)}
    assert len(plain) == 4
    write_figures("revenue", {first.pk: {"revenue_12m": 300}, second.pk: {"revenue_12m": 100}}, as_of=TODAY)
    views = {str(view.label): view for view in views_of(nps_report(WINDOW))}
    assert views["People"].nps == 50
    assert views["Clients, each counted once"].nps == 50
    assert views["Clients, by those who decide"].nps == 100
    weighted = views["Clients, people weighted by influence"].nps
    assert weighted is not None
    assert weighted == pytest.approx((Decimal(100) + Decimal(100) / 3) / 2, abs=Decimal("0.0001"))
    money = views["Clients, weighted by revenue"]
    assert money.nps == 75
    assert money.n == Decimal("1.6")
    assert report.account_counts == (1, 0, 1)


def test_the_error_of_people_reckons_with_those_of_one_client_answering_alike(cast: Cast) -> None:
    for score in (10, 2):
        answered(make_client(), *[score] * 6)
    report = nps_report(WINDOW)
    assert report.counts.standard_error is not None
    assert report.clustered_error is not None
    assert report.clustered_error > 2 * report.counts.standard_error
    (people,) = [view for view in views_of(report) if str(view.label) == "People"]
    assert people.error == pytest.approx(Decimal(str(report.clustered_error)), abs=Decimal("0.001"))
