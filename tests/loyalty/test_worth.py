"""What a client is worth stands wherever people meet it, and on a press says how it came about."""

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, ClientFigure, Complaint, Referral
from clients.services.facts import add_member
from clients.services.feedback import log_complaint
from clients.services.referrals import save_referral
from loyalty.models import LoyaltyPolicy, ValueSnapshot
from loyalty.reports.value import badge_parts
from loyalty.services.values import refresh_values, value_client
from tests.loyalty.test_referrals import magnet
from tests.make import Cast, browser_of, make_buyer, make_client, make_contact, make_revenue, make_value
from tests.make.attention import make_call
from tests.make.hours import log, make_package
from tests.make.invoices import make_invoice
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
AMOUNT = "12\u202f301"
BAND = "10\u202f000 to 50\u202f000"


@pytest.fixture
def client(cast: Cast) -> Client:
    row = make_value(make_client(name="Isar Logistik", account_manager=cast.manager), "12301.00")
    add_member(row, user=cast.consultant, on=date(2026, 1, 1))
    return row


def addresses(client: Client, cast: Cast) -> dict[str, str]:
    typed = urlencode({"client": client.pk})
    invoice = make_invoice(client)
    package, retainer = make_package(client), make_retainer(client)
    entry = log(client, cast.partner)
    call = make_call(client, by=cast.partner)
    return {
        "call": f"{reverse('clients:interaction_new')}?{typed}",
        "call_edit": reverse("clients:interaction_edit", args=[call.pk]),
        "time": reverse("billing:time_edit", args=[entry.pk]),
        "timer": f"{reverse('billing:timer_new')}?{typed}",
        "complaint": f"{reverse('clients:complaint_new')}?{typed}",
        "lost": reverse("clients:client_status", args=[client.pk]),
        "credit": reverse("billing:invoice_credit", args=[invoice.pk]),
        "void": reverse("billing:package_void", args=[package.pk]),
        "end": reverse("billing:retainer_end", args=[retainer.pk]),
    }


def test_the_badge_stands_in_every_dialog_that_meets_a_client(client: Client, cast: Cast) -> None:
    how = reverse("loyalty:value_how", args=[client.pk])
    for place, address in addresses(client, cast).items():
        text = browser_of(cast.partner).get(address).content.decode()
        assert AMOUNT in text, place
        assert f'hx-get="{how}"' in text, place


def test_a_consultant_reads_a_band_in_the_dialogs(client: Client, cast: Cast) -> None:
    browser = browser_of(cast.consultant)
    for name in ("clients:interaction_new", "billing:timer_new"):
        text = browser.get(f"{reverse(name)}?client={client.pk}").content.decode()
        assert BAND in text, name
        assert AMOUNT not in text, name
    how = browser.get(reverse("loyalty:value_how", args=[client.pk])).content.decode()
    assert AMOUNT not in how


def test_the_badge_follows_the_client_that_is_chosen(client: Client, cast: Cast) -> None:
    browser, url = browser_of(cast.partner), reverse("clients:client_worth")
    assert AMOUNT in browser.get(url, {"client": "Isar Logistik"}).content.decode()
    assert browser.get(url, {"client": "nobody of that name"}).status_code == 200
    other = make_value(make_client(name="Weser"), "77700.00")
    assert "77" not in browser_of(cast.consultant).get(url, {"client": other.name}).content.decode().split("<h1")[1]


def test_complaints_name_the_value_of_their_client(client: Client, cast: Cast) -> None:
    row = Complaint(client=client, received_on=date(2026, 6, 1), text="Late")
    log_complaint(row, by=cast.partner, at=timezone.now())
    browser = browser_of(cast.partner)
    assert AMOUNT in browser.get(reverse("clients:complaint_list")).content.decode()


def test_the_popover_tells_three_figures_and_why_one_is_missing(cast: Cast) -> None:
    client = make_buyer("820.03 820.03 820.03", on=timezone.localdate().replace(day=1) - timedelta(days=32))
    refresh_values(on=timezone.localdate())
    browser, url = browser_of(cast.partner), reverse("loyalty:value_how", args=[client.pk])
    text = browser.get(url, headers={"HX-Request": "true"}).content.decode()
    assert all(words in text for words in ("Simple", "So far", "To come", "The badge shows: simple value."))
    assert "no model knows enough" in text
    ValueSnapshot.objects.filter(client=client).update(
        residual_mean=900, residual_p10=0, residual_p50=800, residual_p90=1900, residual_p_zero=0.2
    )
    ValueSnapshot.objects.filter(client=client).update(residual_horizon_months=36, residual_model="mbg_nbd")
    text = browser.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "in 8 of 10 futures" in text


def test_the_popover_of_an_image_client_adds_up_to_the_badge(cast: Cast) -> None:
    on, star = timezone.localdate(), magnet()
    make_revenue(star, "900.00", on=on - timedelta(days=40))
    came = make_client()
    make_revenue(came, "7000.00", on=on - timedelta(days=20))
    save_referral(Referral(contact=make_contact(star), client=came, referred_on=on - timedelta(days=60)), on=on)
    refresh_values(on=on)
    parts = badge_parts(value_client(star, on=on), LoyaltyPolicy.load())
    assert len(parts) == 2
    assert sum((amount for _words, amount in parts), Decimal(0)) == ClientFigure.objects.get(client=star).badge_value
    text = browser_of(cast.partner).get(reverse("loyalty:value_how", args=[star.pk])).content.decode()
    assert "The badge shows a sum" in text
