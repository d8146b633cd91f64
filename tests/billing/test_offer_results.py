"""How offers do: win rate and accuracy by consultant and service line, similar offers, mis-sales."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Offer
from billing.reports.offer_results import mis_sales, offer_results, similar_offers
from billing.services.approvals import approve_entries
from billing.services.fit_checks import check_fit
from billing.services.offers import Signer, close_offer, decide_offer, expire_offers, revise_offer, send_offer
from clients.models import Client
from crm.models import User
from tests.make import Cast, make_api, make_client
from tests.make.clients import make_service_line
from tests.make.hours import AT, log, make_cost, submitted
from tests.make.offers import SENT_AT, make_accepted_offer, make_sent_offer

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
JULY = date(2026, 7, 15)


def delivered(client: Client, lead: User, minutes: int, **kw: object) -> Offer:
    """Four hours signed, so many minutes used, closed as delivered."""
    offer = make_accepted_offer(client, lead=lead, author=lead, **kw)
    log(client, lead, minutes, offer=offer, worked_on=date(2026, 6, 10))
    return close_offer(offer, reason="delivered", on=JULY)


def test_win_rate_and_accuracy_by_consultant(cast: Cast) -> None:
    client, lead = make_client(account_manager=cast.manager), cast.consultant
    delivered(client, lead, 300)
    declined = make_sent_offer(client, lead=lead)
    decide_offer(declined, accepted=False, signer=Signer("Petra Hofmann"), at=SENT_AT)
    make_sent_offer(client, lead=lead)
    expire_offers(on=JULY)
    (row,) = offer_results(cast.partner, first=FIRST, last=LAST, by="consultant")
    assert (row.name, row.decided, row.won) == (str(lead), 3, 1)
    assert str(row.win_rate) == "0.333333"
    assert (row.signed_minutes, row.used_minutes, str(row.accuracy)) == (240, 300, "1.250000")


def test_without_a_lead_an_offer_counts_for_who_wrote_it(cast: Cast) -> None:
    make_accepted_offer(make_client(), author=cast.consultant)
    (row,) = offer_results(cast.partner, first=FIRST, last=LAST, by="consultant")
    assert (row.key, row.won) == (cast.consultant.pk, 1)


def test_a_refused_revision_of_a_won_offer_is_still_one_won_offer(cast: Cast) -> None:
    offer = make_accepted_offer(make_client(), lead=cast.consultant)
    revision = revise_offer(offer, by=cast.consultant, valid_until=JULY, estimated_minutes=300)
    send_offer(revision, at=SENT_AT)
    decide_offer(revision, accepted=False, signer=Signer("Petra Hofmann"), at=SENT_AT)
    (row,) = offer_results(cast.partner, first=FIRST, last=LAST, by="consultant")
    assert (row.decided, row.won) == (1, 1)


AUGUST = datetime(2026, 8, 3, 10, tzinfo=UTC)


def revised(offer: Offer, **changes: Any) -> Offer:
    """A second version with the client."""
    version = revise_offer(offer, by=changes.pop("by"), valid_until=date(2026, 9, 30), estimated_minutes=300)
    Offer.objects.filter(pk=version.pk).update(**changes)
    version.refresh_from_db()
    return send_offer(version, at=SENT_AT)


def test_a_version_that_replaced_an_unsigned_one_is_won_on_its_own_day(cast: Cast) -> None:
    one, two = make_service_line("server"), make_service_line("audit")
    offer = make_sent_offer(make_client(), lead=cast.consultant, service_line=one)
    second = revised(offer, by=cast.consultant, lead=cast.manager, service_line=two)
    assert offer_results(cast.partner, first=FIRST, last=LAST, by="consultant") == []
    decide_offer(second, accepted=True, signer=Signer("Petra Hofmann"), at=AUGUST)
    for by, key in (("consultant", cast.manager.pk), ("service_line", two.pk)):
        (row,) = offer_results(cast.partner, first=date(2026, 8, 3), last=date(2026, 8, 3), by=by)
        assert (row.key, row.decided, row.won) == (key, 1, 1)


def test_an_offer_whose_revision_waits_is_not_lost(cast: Cast) -> None:
    offer = make_sent_offer(make_client(), lead=cast.consultant)
    declined = decide_offer(offer, accepted=False, signer=Signer("Petra Hofmann"), at=SENT_AT)
    (row,) = offer_results(cast.partner, first=FIRST, last=LAST, by="consultant")
    assert (row.decided, row.won) == (1, 0)
    second = revised(declined, by=cast.consultant)
    assert offer_results(cast.partner, first=FIRST, last=LAST, by="consultant") == []
    decide_offer(second, accepted=False, signer=Signer("Petra Hofmann"), at=AUGUST)
    (row,) = offer_results(cast.partner, first=date(2026, 8, 1), last=LAST, by="consultant")
    assert (row.decided, row.won) == (1, 0)


def test_by_service_line_and_in_its_days_only(cast: Cast) -> None:
    line = make_service_line("server")
    delivered(make_client(), cast.consultant, 240, service_line=line)
    (row,) = offer_results(cast.partner, first=FIRST, last=LAST, by="service_line")
    assert (row.key, str(row.accuracy)) == (line.pk, "1.000000")
    assert offer_results(cast.partner, first=FIRST, last=date(2026, 3, 1), by="service_line") == []


def test_each_sees_the_offers_of_own_clients(cast: Cast) -> None:
    delivered(make_client(), cast.consultant, 240)
    assert offer_results(cast.outsider, first=FIRST, last=LAST, by="consultant") == []


def test_similar_offers_advise_from_three_delivered_works_on(cast: Cast) -> None:
    client, line = make_client(), make_service_line("server")
    for minutes in (240, 300):
        offer = delivered(client, cast.consultant, minutes, service_line=line)
    assert similar_offers(offer, on=LAST) is None
    delivered(client, cast.consultant, 360, service_line=line)
    found = similar_offers(offer, on=LAST)
    assert found is not None
    assert (found.count, str(found.ratio)) == (3, "1.250000")


def test_a_mis_sale_costs_what_was_worked_on_it_and_is_told_with_the_seller(client: Browser, cast: Cast) -> None:
    offer = make_accepted_offer(make_client(), author=cast.manager)
    make_cost(cast.consultant, "60.00")
    entry = submitted(offer.client, cast.consultant, 120, offer=offer)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    check_fit(offer, needs="A server", fits=False, finding="Two were sold", by=cast.consultant, at=AT)
    (row,) = mis_sales()
    assert (row.offer, row.minutes, row.cost) == (offer, 120, Decimal("120.00"))
    url = "/api/v1/reports/offers/?last=2026-12-31"
    told = make_api(cast.partner).get(url).json()
    assert told["mis_sales"] == [
        {
            "offer": offer.pk,
            "client": offer.client_id,
            "seller": offer.seller_id,
            "sold_by": cast.manager.pk,
            "minutes": 120,
            "cost": "120.00",
        }
    ]
    assert make_api(cast.manager).get(url).json()["mis_sales"] is None
    client.force_login(cast.partner)
    assert str(cast.manager) in client.get(reverse("billing:offer_report")).content.decode()
    check_fit(offer, needs="A server", fits=True, by=cast.consultant, at=AT + timedelta(days=1))
    assert mis_sales() == []


def test_the_report_through_the_api_and_on_its_page(client: Browser, cast: Cast) -> None:
    delivered(make_client(account_manager=cast.manager), cast.consultant, 300)
    url = "/api/v1/reports/offers/?first=2026-01-01&last=2026-12-31"
    found = make_api(cast.manager).get(url).json()
    assert (found["by"], found["rows"][0]["accuracy"]) == ("consultant", "1.250000")
    assert make_api(cast.manager).get(f"{url}&by=month").status_code == 400
    assert make_api(cast.finance).get(url).status_code == 403
    client.force_login(cast.partner)
    assert str(cast.consultant) in client.get(reverse("billing:offer_report")).content.decode()
