"""The range of the next work: by service line and over all, with the number that it takes, as page, file and API."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Offer
from billing.reports.estimate_spreads import estimate_spreads
from billing.rules.estimates import LEAST_SPREAD
from billing.services.offers import close_offer
from clients.models import ServiceLine
from crm.models import User
from tests.make import Cast, make_api, make_client
from tests.make.clients import make_service_line
from tests.make.hours import log
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
JULY = date(2026, 7, 15)


def delivered(lead: User, minutes: int, *, service_line: ServiceLine | None = None, on: date = JULY) -> Offer:
    """Four hours signed, so many minutes used, closed as delivered."""
    client = make_client(account_manager=lead)
    offer = make_accepted_offer(client, lead=lead, author=lead, service_line=service_line)
    if minutes:
        log(client, lead, minutes, offer=offer, worked_on=date(2026, 6, 10))
    return close_offer(offer, reason="delivered", on=on)


def test_ten_works_tell_a_range_and_nine_how_many_are_missing(cast: Cast) -> None:
    one, two = make_service_line("it"), make_service_line("tax")
    for place in range(LEAST_SPREAD - 1):
        delivered(cast.consultant, 240 + 30 * (place % 3), service_line=two)
    delivered(cast.consultant, 0, service_line=two)
    (whole, of_tax) = estimate_spreads(cast.partner, first=FIRST, last=LAST)
    assert (whole.works, whole.missing, whole.shown, of_tax.shown) == (9, 1, [], [])
    delivered(cast.consultant, 270, service_line=one)
    whole, of_it, of_tax = estimate_spreads(cast.partner, first=FIRST, last=LAST)
    assert (whole.works, of_it.works, of_tax.works) == (10, 1, 9)
    assert (whole.typical, whole.low, whole.high) == (Decimal("0.120815"), Decimal("-0.017968"), Decimal("0.279212"))
    assert whole.shown == ["+12%", "−2%", "+28%"]
    assert (of_it.typical, of_tax.typical) == (None, None)
    assert estimate_spreads(cast.partner, first=JULY + timedelta(days=1), last=LAST)[0].works == 0
    assert estimate_spreads(cast.outsider, first=FIRST, last=LAST)[0].works == 0


def test_the_range_stands_on_the_page_in_its_file_and_in_the_api(cast: Cast, client: Browser) -> None:
    client.force_login(cast.partner)
    url, day = reverse("billing:offer_report"), timezone.localdate() - timedelta(days=3)
    assert "Not enough data: 10 more delivered works with signed hours are needed" in client.get(url).content.decode()
    for place in range(LEAST_SPREAD):
        delivered(cast.consultant, 240 + 30 * (place % 3), on=day)
    text = client.get(url).content.decode()
    assert "Typically <b>+11%</b> against what was signed" in text
    answer = client.get(url + "?format=csv&headers=names")
    heads, row = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert heads.startswith("name,works,typical,low,high,mean,mean_error")
    (told,) = make_api(cast.partner).get("/api/v1/reports/offers/").json()["spreads"]
    assert told["works"] == LEAST_SPREAD
    assert row.split(",")[2:5] == [told["typical"], told["low"], told["high"]]
    assert client.get(url + "?format=pdf").status_code == 404
