"""Clients in fifths on the value page: scored among all, placed only where the potential is known and current."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, KeyClientDesignation
from loyalty.reports.ranking import quadrant_of, ranked_clients
from loyalty.rules.ranking import FEWEST
from tests.loyalty.test_bad_input import night
from tests.make import Cast, browser_of, make_api, make_client, make_revenue

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def buyers(cast: Cast, number: int = FEWEST) -> list[Client]:
    """The first bought last, most often, and for the most."""
    made = [make_client(name=f"Buyer {place:02}", account_manager=cast.manager) for place in range(number)]
    for place, client in enumerate(made):
        for back in range(number - place):
            make_revenue(client, str(1000 * (number - place)), on=TODAY - timedelta(days=1 + place + 30 * back))
    return made


def prospective(client: Client, current: int, potential: int, *, review_on: date | None = None) -> None:
    KeyClientDesignation.objects.create(
        client=client,
        type="prospective",
        since_on=TODAY - timedelta(days=90),
        current_value=Decimal(current),
        potential_value=Decimal(potential),
        review_on=review_on or TODAY + timedelta(days=90),
    )


def test_clients_are_scored_among_all_and_shown_to_those_who_see_their_amounts(cast: Cast) -> None:
    made = buyers(cast)
    Client.objects.filter(pk=made[0].pk).update(account_manager=None)
    rows = ranked_clients(cast.partner, on=TODAY)
    assert [row.client for row in rows] == made
    assert rows[0].bought == (1, FEWEST, Decimal("10000.00"))
    assert [row.scores.code for row in rows if row.scores] == [555, 555, 444, 444, 333, 333, 222, 222, 111, 111]
    own = ranked_clients(cast.manager, on=TODAY)
    assert [row.client for row in own] == made[1:]
    assert own[0].scores == rows[1].scores
    assert ranked_clients(cast.outsider, on=TODAY) == []


def test_nine_clients_are_too_few_and_old_or_credited_invoices_do_not_count(cast: Cast) -> None:
    buyers(cast, FEWEST - 1)
    make_revenue(make_client(status="active"), "500.00", on=TODAY - timedelta(days=800))
    credited = make_client(status="active")
    make_revenue(credited, "500.00", on=TODAY - timedelta(days=8))
    make_revenue(credited, "-500.00", on=TODAY - timedelta(days=7), invoice_count=-1)
    assert ranked_clients(cast.partner, on=TODAY) == []
    make_revenue(make_client(status="active"), "500.00", on=TODAY - timedelta(days=5))
    assert len(ranked_clients(cast.partner, on=TODAY)) == FEWEST


def test_a_merged_client_counts_for_the_one_that_stayed(cast: Cast) -> None:
    made = buyers(cast)
    merged = make_client()
    make_revenue(merged, "10000.00", on=TODAY)
    Client.objects.filter(pk=merged.pk).update(merged_into=made[0])
    assert ranked_clients(cast.partner, on=TODAY)[0].bought == (0, FEWEST + 1, Decimal("10000.00"))


def test_only_a_known_and_current_potential_places_a_client(cast: Cast) -> None:
    made = buyers(cast)
    fresh = make_client(status="prospect", account_manager=cast.manager)
    prospective(made[0], 900, 1000)
    prospective(made[1], 100, 1000)
    prospective(made[8], 100, 1000)
    prospective(made[9], 900, 1000)
    prospective(made[2], 100, 1000, review_on=TODAY - timedelta(days=1))
    prospective(fresh, 0, 1000)
    rows = ranked_clients(cast.partner, on=TODAY)
    words = {row.client: quadrant_of(row) for row in rows}
    assert [words[made[place]] for place in (0, 1, 8, 9)] == ["protect", "invest", "develop", "maintain"]
    assert (words[made[2]], words[made[3]]) == ("potential to be reviewed", "potential not known")
    assert (rows[-1].client, rows[-1].scores, words[fresh]) == (fresh, None, "develop")


def lines_of(answer: Any) -> list[str]:
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()


def test_the_table_stands_on_the_page_in_its_file_and_in_the_api(cast: Cast) -> None:
    browser, url = browser_of(cast.partner), reverse("loyalty:value_list")
    made = buyers(cast)
    prospective(made[1], 100, 1000)
    night()
    page = browser.get(url).content.decode()
    assert "What to do is said for 1 of 10 clients" in page
    assert "Days since the last invoice" in page
    assert "Days since the last invoice" not in browser.get(url, headers={"HX-Request": "true"}).content.decode()
    heads, first, second, *rest = lines_of(browser.get(reverse("loyalty:rfm_figures") + "?headers=names"))
    assert heads == "client,recency_days,frequency,money,r,f,m,elsewhere,review_on,quadrant"
    assert first == f"{made[0].name},1,10,10000.00,5,5,5,,,potential not known"
    assert second.endswith(f",0.900000,{TODAY + timedelta(days=90)},invest")
    assert len(rest) == 8
    told = make_api(cast.partner).get("/api/v1/reports/rfm/").json()
    assert (told["note"], told["rows"][1]["score"], told["rows"][1]["quadrant"]) == (None, 555, "invest")
    assert (told["rows"][0]["elsewhere"], told["rows"][0]["quadrant"]) == (None, None)
    assert make_api(cast.consultant).get("/api/v1/reports/rfm/").status_code == 403


def test_too_few_clients_are_said_in_words(cast: Cast) -> None:
    buyers(cast, FEWEST - 1)
    night()
    words = "Not enough data: scores take 10 clients with an invoice."
    assert words in browser_of(cast.partner).get(reverse("loyalty:value_list")).content.decode()
    told = make_api(cast.partner).get("/api/v1/reports/rfm/").json()
    assert (told["rows"], told["note"]) == ([], words)
