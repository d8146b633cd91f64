"""Fit checks: what a first sale needs before delivery, and who is told when it was not looked at or does not fit."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Offer, OfferFit
from billing.services.fit_checks import check_fit, is_first_sale
from billing.services.offers import ItemDraft
from clients.models import Client, Task
from crm.access import Role
from tests.billing.errors import code_of
from tests.billing.test_api_time import alfa
from tests.make import Cast, make_api, make_client, make_user
from tests.make.hours import AT, log
from tests.make.offers import make_accepted_offer, make_sent_offer

__all__ = ["alfa"]
pytestmark = pytest.mark.django_db


def accepted(client: Client | None = None, minutes: int = 240, **kw: Any) -> Offer:
    made = make_accepted_offer(client or make_client(language="en"), items=[ItemDraft("Set-up", minutes)], **kw)
    return Offer.objects.get(pk=made.pk)


class TestFitCheck:
    def test_a_first_sale_warns_the_partner_when_work_begins_unchecked(self) -> None:
        partner = make_user(Role.PARTNER)
        offer = accepted()
        assert is_first_sale(offer)
        log(offer.client, offer.author, 60, offer=offer, worked_on=date(2026, 6, 10))
        warning = Task.objects.get(kind="fit_check_missing")
        assert warning.assignee == partner
        check_fit(offer, needs="A server", fits=True, by=offer.author, at=AT)
        assert Task.objects.get(kind="fit_check_missing").state == "done"

    def test_a_checked_or_later_sale_warns_nobody(self) -> None:
        make_user(Role.PARTNER)
        offer = accepted()
        check_fit(offer, needs="A server", fits=True, by=offer.author, at=AT)
        second = accepted(offer.client)
        Offer.objects.filter(pk=second.pk).update(decided_at=AT)
        second.refresh_from_db()
        assert not is_first_sale(second)
        for each in (offer, second):
            log(each.client, each.author, 60, offer=each, worked_on=date(2026, 6, 10))
        assert not Task.objects.filter(kind="fit_check_missing").exists()

    def test_what_does_not_fit_is_said_and_told_to_the_partner(self) -> None:
        partner = make_user(Role.PARTNER)
        offer = accepted()
        with pytest.raises(ValidationError):
            check_fit(offer, needs="A server", fits=False, by=offer.author, at=AT)
        check_fit(offer, needs="A server", fits=False, finding="Two were sold", by=offer.author, at=AT)
        assert Task.objects.get(kind="mis_sale").assignee == partner

    def test_nothing_is_checked_before_acceptance(self) -> None:
        with pytest.raises(ValidationError) as refused:
            check_fit(make_sent_offer(), needs="A server", fits=True, by=make_user(), at=AT)
        assert code_of(refused) == "wrong_status"

    def test_a_consultant_signs_it_on_the_page_and_through_the_api(
        self, client: Browser, cast: Cast, alfa: Client
    ) -> None:
        offer = accepted(alfa, author=cast.consultant)
        client.force_login(cast.consultant)
        shown = client.get(reverse("billing:offer_detail", args=[offer.pk])).content.decode()
        assert "First sale without a fit check." in shown
        url = reverse("billing:offer_fit_check", args=[offer.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"needs": "A server", "fits": "yes"}).status_code == 302
        made = make_api(cast.consultant).post(
            f"/api/v1/offers/{offer.pk}/fit-check/", {"needs": "A server", "fits": False, "finding": "Two were sold"}
        )
        assert made.status_code == 201, made.json()
        assert list(OfferFit.objects.values_list("fits", flat=True)) == [False, True]
