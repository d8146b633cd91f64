"""Inquiries and their sales: linked once, ended by the link, worth what the offer or the package says, net."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from billing.models import InquirySale, TimeEntry
from billing.services.inquiry_sales import link_sale, refresh_recent_sales, unlink_sale
from billing.services.offers import Signer, decide_offer, send_offer
from clients.models import Client, Inquiry
from clients.reports.inquiries import results
from clients.services.inquiries import Ending, end_inquiry, route_inquiry
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_offer, make_package, make_service_line
from tests.make.invoices import make_work

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    return make_client(account_manager=cast.manager)


def routed(client: Client, cast: Cast) -> Inquiry:
    fields = {"route": "sales", "text": "A second site?", "reply": "We call back", "owner": cast.manager}
    row = Inquiry(client=client, received_at=NOW - timedelta(minutes=5), **fields)
    return route_inquiry(row, by=cast.manager, at=NOW)


def offered(client: Client, **kw: Any) -> Any:
    fields = {"valid_until": TODAY + timedelta(days=30), "service_line": make_service_line("it"), **kw}
    return send_offer(make_offer(client, contact=make_contact(client), **fields), at=NOW)


def drawn(client: Client, **kw: Any) -> TimeEntry:
    package = make_package(client, hours=50, price=Decimal("5950.00"))
    return make_work(client, minutes=60, source="package", account=package.account, worked_on=date(2026, 6, 20), **kw)


def test_an_offer_ends_the_inquiry_and_counts_once_it_is_accepted(cast: Cast, alfa: Client) -> None:
    row, offer = routed(alfa, cast), offered(alfa)
    link_sale(row, offer=offer, by=cast.manager, at=NOW)
    row.refresh_from_db()
    assert row.promise is not None
    assert (row.outcome, row.sold, row.promise.kept_at) == ("offer", None, NOW)
    assert results(cast.manager, at=NOW).sales == []
    decide_offer(offer, accepted=True, signer=Signer("Petra Hofmann"), at=NOW)
    row.refresh_from_db()
    assert row.sold == Decimal("504.20")  # four hours at 150.00 with 19 % VAT
    (sale,) = results(cast.manager, at=NOW + timedelta(seconds=1)).sales
    assert (sale.service_line.code, sale.inquiries, sale.sold) == ("it", 1, Decimal("504.20"))


def test_a_declined_offer_sells_nothing(cast: Cast, alfa: Client) -> None:
    row, offer = routed(alfa, cast), offered(alfa)
    link_sale(row, offer=offer, by=cast.manager, at=NOW)
    decide_offer(offer, accepted=False, signer=Signer("Petra Hofmann"), at=NOW)
    row.refresh_from_db()
    assert row.sold is None


def test_drawn_work_counts_at_the_price_of_its_package(cast: Cast, alfa: Client) -> None:
    row, entry = routed(alfa, cast), drawn(alfa, service_line=make_service_line("it"))
    link_sale(row, entry=entry, by=cast.manager, at=NOW)
    row.refresh_from_db()
    assert (row.outcome, row.sold) == ("package_draw", Decimal("100.00"))
    Inquiry.objects.filter(pk=row.pk).update(sold=Decimal(1))
    refresh_recent_sales(at=NOW)
    row.refresh_from_db()
    assert row.sold == Decimal("100.00")


def test_an_inquiry_is_linked_once_to_one_thing_of_its_client(cast: Cast, alfa: Client) -> None:
    row, offer = routed(alfa, cast), offered(alfa)
    for wrong in ({"offer": offered(make_client())}, {"entry": drawn(make_client())}, {"entry": make_work(alfa)}):
        with pytest.raises(ValidationError) as refused:
            link_sale(row, **wrong, by=cast.manager, at=NOW)
        assert set(refused.value.error_dict) == set(wrong)
    link = link_sale(row, offer=offer, by=cast.manager, at=NOW)
    with pytest.raises(ValidationError, match="linked already"):
        link_sale(row, offer=offer, by=cast.manager, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        InquirySale.objects.filter(pk=link.pk).update(entry=drawn(alfa))


def test_one_that_ended_otherwise_has_no_sale_and_one_that_ended_as_an_offer_may_get_it(
    cast: Cast, alfa: Client
) -> None:
    answered, asked = routed(alfa, cast), routed(alfa, cast)
    end_inquiry(answered, Ending(outcome="answered_free", answer="Yes"), at=NOW)
    end_inquiry(asked, Ending(outcome="offer"), at=NOW)
    offer = offered(alfa)
    with pytest.raises(ValidationError, match="ended otherwise"):
        link_sale(answered, offer=offer, by=cast.manager, at=NOW)
    link = link_sale(asked, offer=offer, by=cast.manager, at=NOW)
    decide_offer(offer, accepted=True, signer=Signer("Petra Hofmann"), at=NOW)
    unlink_sale(link)
    asked.refresh_from_db()
    assert (asked.outcome, asked.sold) == ("offer", None)


def test_the_page_of_an_inquiry_links_and_shows_what_came_of_it(cast: Cast, alfa: Client) -> None:
    row, offer = routed(alfa, cast), offered(alfa)
    browser = signed_in(cast.manager)
    panel, act = reverse("billing:inquiry_sale", args=[row.pk]), reverse("billing:inquiry_link", args=[row.pk])
    assert panel in text_of(browser.get(url("inquiry", row.pk)))
    assert browser.post(act, {}).status_code == 422
    assert browser.post(act, {"offer": offered(make_client()).pk}).status_code == 422
    assert browser.post(act, {"offer": offer.pk}).status_code == 302
    assert offer.number in text_of(browser.get(panel))
    assert browser.post(reverse("billing:inquiry_unlink", args=[row.pk])).status_code == 302
    assert not InquirySale.objects.exists()
    assert signed_in(cast.consultant).get(panel).status_code == 404


def test_sales_over_the_api(cast: Cast, alfa: Client) -> None:
    row, offer, api = routed(alfa, cast), offered(alfa), make_api(cast.manager)
    path = "/api/v1/inquiry-sales/"
    assert api.post(path, {"inquiry": row.pk}).status_code == 400
    made = api.post(path, {"inquiry": row.pk, "offer": offer.pk})
    assert made.status_code == 201, made.json()
    assert api.get(path, {"offer": offer.pk}).json()["results"][0]["inquiry"] == row.pk
    assert api.delete(f"{path}{made.json()['id']}/").status_code == 204
    assert make_api(cast.finance).get(path).status_code == 403
