"""Every chart and table of loyalty's pages can be read as a table and taken along as a file, by those who may."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from lxml import html

from clients.models import Client
from clients.services.facts import write_figures
from clients.services.status import confirm_status
from crm.periods import add_months
from loyalty.models import Idea, LossReview, RetentionMeasure
from loyalty.reports.grids.grid import SHOWN
from loyalty.services.concentration import refresh_concentration
from loyalty.services.loyalty_tests import Said, hold_test
from tests.loyalty.test_bad_input import night
from tests.make import (
    Cast,
    browser_of,
    make_answer,
    make_client,
    make_contact,
    make_firm_figure,
    make_revenue,
    make_service_line,
    make_survey,
)

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NOW = timezone.now()
PAGES = (
    "portfolio",
    "portfolio_chance",
    "nps",
    "value_list",
    "segment_list",
    "model_report",
    "health_list",
    "health_backtest",
    "retention",
    "lost_list",
    "test_list",
    "idea_list",
    "consultant_list",
    "calculators",
)
"""Pages with charts or tables; all but the calculators, whose figures stand beside their own inputs, have some."""


@pytest.fixture
def firm(cast: Cast) -> Browser:
    """A firm of twelve clients with two years of revenue, answers, a loss, a measure and an idea; a partner looks."""
    lines = [make_service_line("it"), make_service_line("tax")]
    clients = [
        make_client(status="active", tier="a", since_on=TODAY - timedelta(days=1200), account_manager=cast.manager)
        for _number in range(12)
    ]
    for number, client in enumerate(clients):
        for back in range(0, 26, 1 + number % 4):
            amount, line = str(100 * (number + 1)), lines[number % 2]
            make_revenue(client, amount, on=add_months(TODAY, -back) - timedelta(days=3), service_line=line)
        for back in (1, 120):
            score = (9, 6, 10)[(number + back) % 3]
            make_answer(score, make_contact(client), answered_at=NOW - timedelta(days=back), comment="Well, so so.")
    make_firm_figure(valid_on=TODAY - timedelta(days=9), cash="900.00")
    refresh_concentration(on=add_months(TODAY, -1))
    lose(clients[0], cast)
    RetentionMeasure.objects.create(
        name="Breakfast", kind="client_orientation", owner=cast.partner, started_on=TODAY - timedelta(days=300)
    )
    Idea.objects.create(
        text="No parking",
        touch_point="offer",
        finding="inconvenient",
        source="session",
        noted_on=TODAY,
        made_by=cast.partner,
    )
    hold_test(clients[1], answers={"users": Said("All of them.", "A call.")}, by=cast.manager, on=TODAY, at=NOW)
    night()
    return browser_of(cast.partner)


def lose(client: Client, cast: Cast) -> None:
    write_figures("value", {client.pk: {"simple_value": Decimal("5000.00")}}, as_of=TODAY)
    confirm_status(client, status="lost", on=TODAY - timedelta(days=40), by=cast.partner, at=NOW)
    words = {"cause": "price", "outcome": "to_competitor", "could_have_done": "Ask.", "sign_missed": "Silence."}
    kept = {"preventable": True, "lessons": "Ask earlier.", "concluded_on": TODAY, "concluded_by": cast.partner}
    LossReview.objects.filter(client=client, kind="lost").update(**words, **kept, value_lost=Decimal("5000.00"))


def rows_of(browser: Browser, url: str) -> list[list[str]]:
    answer = browser.get(url, {"headers": "names"} if "?" not in url else None)
    assert answer.status_code == 200, url
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
    return list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.split("\n")[0] else ","))


def files(element: Any, *, page: str = "/") -> list[str]:
    return [urljoin(page, link) for link in element.xpath('.//a/@href[contains(., "format=csv")]')]


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_and_table_can_be_taken_along(firm: Browser, name: str) -> None:
    tree = html.fromstring(firm.get(reverse(f"loyalty:{name}")).content)
    charts, tables = tree.xpath("//*[@data-chart]"), tree.xpath("//main//table")
    assert charts or tables or files(tree) or name == "calculators"
    for chart in charts:
        figure = chart.xpath("ancestor::figure")[0]
        assert figure.xpath('.//details[contains(@class, "chart-data")]//table//tbody/tr'), chart.get("data-chart")
        assert len(files(figure)) == 1, chart.get("data-chart")
        assert chart.get("aria-label")
    for table in tables:
        near = [*table.xpath('ancestor::*[contains(@class, "panel") or self::details]'), *tree.xpath("//main//header")]
        assert any(files(each) for each in near), (table.get("class"), table.xpath("string(.)")[:80])
    for url in set(files(tree, page=reverse(f"loyalty:{name}"))):
        head, *rows = rows_of(firm, url)
        assert rows or not (charts or tables), url
        assert all(len(row) == len(head) for row in rows), url


def test_a_fragment_that_was_asked_for_takes_its_question_along(firm: Browser) -> None:
    who = Client.objects.order_by("pk").last()
    assert who is not None
    asked = {"lost": [who.pk], "late": [], "days": "30"}
    tree = html.fromstring(firm.post(reverse("loyalty:portfolio_stress"), asked).content)
    (url,) = files(tree.xpath('//*[@data-chart="runway"]/ancestor::figure')[0])
    assert f"lost={who.pk}" in url
    with_loss, without = rows_of(firm, url), rows_of(firm, url.replace(f"lost={who.pk}&", ""))
    assert [row[:2] for row in with_loss] == [row[:2] for row in without]
    assert with_loss != without
    assert firm.get(reverse("loyalty:runway_figures") + "?lost=999999999").status_code == 404


def test_the_file_of_the_concentration_follows_the_page(firm: Browser) -> None:
    url = reverse("loyalty:concentration_figures") + "?headers=names&format=csv"
    by_group, by_line = rows_of(firm, url), rows_of(firm, f"{url}&by=service_line")
    assert by_group[0] == ["name", "amount", "share", "cumulative"]
    assert len(by_group) == 13
    assert {row[0] for row in by_line[1:]} == {"IT", "TAX"}
    assert sum(Decimal(row[2]) for row in by_line[1:]) == pytest.approx(Decimal(1), abs=Decimal("0.00001"))
    tree = html.fromstring(firm.get(reverse("loyalty:portfolio") + "?by=service_line").content)
    assert any("by=service_line" in link for link in files(tree))


def test_a_page_shows_the_first_rows_and_the_file_all(cast: Cast) -> None:
    for _number in range(SHOWN + 3):
        make_revenue(make_client(), "10.00", on=TODAY - timedelta(days=40))
    browser = browser_of(cast.partner)
    text = browser.get(reverse("loyalty:portfolio")).content.decode()
    assert "3 more rows stand in the file." in text
    assert len(rows_of(browser, reverse("loyalty:concentration_figures") + "?format=csv")) == SHOWN + 4


def test_a_survey_takes_its_own_scores_along(cast: Cast) -> None:
    survey = make_survey(by=cast.partner, state="closed", sent_at=NOW)
    make_answer(9, survey=survey)
    make_answer(3)
    browser = browser_of(cast.partner)
    tree = html.fromstring(browser.get(reverse("loyalty:survey_detail", args=[survey.pk])).content)
    (url,) = [link for link in files(tree) if "survey-scores" in link]
    assert [row[1] for row in rows_of(browser, url)[1:]] == ["0"] * 9 + ["1", "0"]
    for wrong in ("", "?survey=x", "?survey=99999999", f"?survey={10**30}"):
        assert browser.get(reverse("loyalty:survey_scores_figures") + wrong).status_code == 404


def test_an_empty_firm_says_so_in_words_and_its_files_have_only_heads(cast: Cast) -> None:
    browser = browser_of(cast.partner)
    for name in PAGES:
        tree = html.fromstring(browser.get(reverse(f"loyalty:{name}")).content)
        assert not tree.xpath("//*[@data-chart]"), name
        for url in files(tree, page=reverse(f"loyalty:{name}")):
            assert len(rows_of(browser, url)) >= 1


@pytest.mark.parametrize(
    ("code", "seen_by"),
    [
        ("concentration", "partner"),
        ("backtest", "partner"),
        ("nps_breakdown", "partner manager"),
        ("values", "partner manager finance"),
        ("health", "partner manager consultant"),
        ("loss_reasons", "partner manager"),
    ],
)
def test_a_file_is_for_those_who_see_the_page(cast: Cast, code: str, seen_by: str) -> None:
    for role in ("partner", "manager", "consultant", "finance"):
        answer = browser_of(getattr(cast, role)).get(reverse(f"loyalty:{code}_figures"))
        refused = 404 if code != "values" else 403
        assert answer.status_code == (200 if role in seen_by.split() else refused), role
    assert browser_of(cast.partner).get(reverse(f"loyalty:{code}_figures") + "?format=pdf").status_code == 404


def test_a_manager_takes_only_answers_and_values_of_own_clients_along(cast: Cast) -> None:
    for owner, score in ((cast.manager, 9), (cast.partner, 2)):
        client = make_client(account_manager=owner)
        make_answer(score, make_contact(client), answered_at=NOW - timedelta(days=3))
        write_figures("value", {client.pk: {"simple_value": Decimal("5.00")}}, as_of=TODAY)
    for code, own, all_of_them in (("scores", 1, 2), ("values", 1, 2)):
        url = reverse(f"loyalty:{code}_figures") + "?format=csv"
        for user, n in ((cast.manager, own), (cast.partner, all_of_them)):
            rows = rows_of(browser_of(user), url)[1:]
            assert (sum(int(row[1]) for row in rows) if code == "scores" else len(rows)) == n
