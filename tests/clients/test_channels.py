"""Direct channels: granted on a ground or by a partner, reviewed when the ground is gone, counted by employee."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing.models import ExchangeRate
from billing.services.client_figures import refresh_money
from clients.models import Client, ClientFigure, ClientMember, Contact, DirectChannelGrant, KeyClientDesignation, Task
from clients.reports.channels import reach
from clients.services.channels import grant_channel, keep_channel, review_channels, revoke_channel
from crm.models import User
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_revenue, make_seller, make_tiers

pytestmark = pytest.mark.django_db
GRANTS = "/api/v1/direct-channel-grants/"
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def draft(cast: Cast, client: Client, **kw: Any) -> DirectChannelGrant:
    contact = kw.pop("contact", None) or make_contact(client)
    fields = {"employee": cast.manager, "channel": "phone", "granted_on": TODAY, **kw}
    return DirectChannelGrant(client=client, contact=contact, **fields)


def kept(cast: Cast, **kw: Any) -> Client:
    return make_client(account_manager=cast.manager, **kw)


def grant(cast: Cast, client: Client, **kw: Any) -> DirectChannelGrant:
    return grant_channel(draft(cast, client, **kw), by=kw.pop("by", cast.manager), at=NOW)


def designated(client: Client, kind: str, **kw: Any) -> KeyClientDesignation:
    since = TODAY - timedelta(days=90)
    return KeyClientDesignation.objects.create(client=client, type=kind, since_on=since, **kw)


def test_the_tier_opens_a_channel_and_a_partner_may_change_which(cast: Cast) -> None:
    make_tiers()
    assert grant(cast, kept(cast, tier="vip")).basis == "tier"
    with pytest.raises(ValidationError, match="a partner may"):
        grant(cast, kept(cast, tier="a"))


@pytest.mark.parametrize(("kind", "opens"), [("image", True), ("special", True), ("tester", False)])
def test_an_active_designation_opens_a_channel(cast: Cast, kind: str, opens: bool) -> None:
    client = kept(cast)
    row = designated(client, kind, reason="Helped us long ago")
    if opens:
        assert grant(cast, client).basis == "designation"
        row.until_on = TODAY - timedelta(days=1)
        row.save()
    with pytest.raises(ValidationError, match="a partner may"):
        grant(cast, client)


@pytest.mark.parametrize(
    ("amount", "threshold", "basis"),
    [("100000.00", "100000", "revenue"), ("99999.99", "100000", None), ("900000.00", None, None)],
    ids=["reaches the threshold", "stays below", "the seller has none"],
)
def test_revenue_of_twelve_months_opens_a_channel(
    cast: Cast, amount: str, threshold: str | None, basis: str | None
) -> None:
    seller = make_seller("DE", direct_channel_threshold=threshold)
    client = kept(cast, default_seller=seller)
    make_revenue(client, amount, on=TODAY - timedelta(days=30))
    make_revenue(client, "500000", on=TODAY - timedelta(days=400))
    refresh_money([client.pk], on=TODAY)
    if basis:
        assert grant(cast, client).basis == basis
    else:
        with pytest.raises(ValidationError) as refused:
            grant(cast, client)
        assert refused.value.code == "needs_decision"


def test_the_threshold_is_converted_into_the_base_currency(cast: Cast) -> None:
    seller = make_seller("RU", direct_channel_threshold="9000000")
    client = kept(cast, country="RU", default_seller=seller)
    make_revenue(client, "95000", on=TODAY - timedelta(days=30))
    refresh_money([client.pk], on=TODAY)
    assert ClientFigure.objects.get(client=client).channel_threshold is None
    ExchangeRate.objects.create(base="EUR", quote="RUB", rate=Decimal(100), valid_on=TODAY, source="cbr")
    refresh_money([client.pk], on=TODAY)
    assert ClientFigure.objects.get(client=client).channel_threshold == Decimal("90000.00")
    assert grant(cast, client).basis == "revenue"


def test_below_the_threshold_a_partner_decides_with_a_reason(cast: Cast) -> None:
    client = kept(cast)
    with pytest.raises(ValidationError) as refused:
        grant_channel(draft(cast, client), by=cast.partner, at=NOW)
    assert set(refused.value.error_dict) == {"reason"}
    row = grant_channel(draft(cast, client, reason="Opens doors"), by=cast.partner, at=NOW)
    assert (row.basis, row.approved_by) == ("override", cast.partner)
    with pytest.raises(IntegrityError), transaction.atomic():
        DirectChannelGrant.objects.filter(pk=row.pk).update(reason="")


def test_a_channel_is_for_somebody_who_is_there_once_and_by_the_keeper(cast: Cast) -> None:
    client = kept(cast, tier="vip")
    person = make_contact(client)
    grant(cast, client, contact=person)
    for wrong, named in (
        (draft(cast, client, contact=make_contact()), "contact"),
        (draft(cast, client, contact=make_contact(client, left_on=TODAY)), "contact"),
        (draft(cast, make_client(tier="vip")), "client"),
    ):
        with pytest.raises(ValidationError) as refused:
            grant_channel(wrong, by=cast.manager, at=NOW)
        assert set(refused.value.error_dict) == {named}
    with pytest.raises(ValidationError, match="holds this channel already"):
        grant(cast, client, contact=person)
    assert grant(cast, client, contact=person, channel="card").pk


def test_falling_below_opens_a_review_and_revokes_nothing(cast: Cast) -> None:
    make_tiers()
    client = kept(cast, tier="vip")
    row = grant(cast, client)
    assert (review_channels(at=NOW), Task.objects.filter(kind="channel_review").exists()) == (0, False)
    Client.objects.filter(pk=client.pk).update(tier="a")
    assert review_channels(at=NOW) == 1
    assert review_channels(at=NOW + timedelta(days=1)) == 0
    row.refresh_from_db()
    assert (row.review_since_on, row.revoked_on) == (TODAY, None)
    task = Task.objects.get(kind="channel_review")
    assert (task.assignee, task.url) == (cast.manager, url("grant", row.pk))
    Client.objects.filter(pk=client.pk).update(tier="vip")
    review_channels(at=NOW)
    row.refresh_from_db()
    task.refresh_from_db()
    assert (row.review_since_on, task.state) == (None, "done")


def test_who_left_the_client_is_reviewed_though_the_client_stays_vip(cast: Cast) -> None:
    row = grant(cast, kept(cast, tier="vip"))
    Contact.objects.filter(pk=row.contact_id).update(left_on=TODAY)
    review_channels(at=NOW)
    row.refresh_from_db()
    assert row.review_since_on == TODAY


def test_a_partners_decision_is_reviewed_once_the_person_has_left(cast: Cast) -> None:
    row = grant_channel(draft(cast, kept(cast), reason="Opens doors"), by=cast.partner, at=NOW)
    Contact.objects.filter(pk=row.contact_id).update(left_on=TODAY)
    assert review_channels(at=NOW) == 1
    row.refresh_from_db()
    assert (row.basis, row.review_since_on) == ("override", TODAY)
    with pytest.raises(ValidationError) as refused:
        keep_channel(row, reason="Old friend", by=cast.partner, at=NOW)
    assert refused.value.error_dict["contact"][0].code == "left"
    Contact.objects.filter(pk=row.contact_id).update(left_on=None)
    review_channels(at=NOW)
    row.refresh_from_db()
    assert (row.basis, row.review_since_on) == ("override", None)


def test_a_night_in_which_nothing_changes_writes_nothing(cast: Cast) -> None:
    make_tiers()
    rows = [grant(cast, kept(cast, tier="vip")), grant(cast, kept(cast, tier="vip"))]
    Client.objects.filter(pk=rows[0].client_id).update(tier="a")
    review_channels(at=NOW)
    before = list(DirectChannelGrant.objects.order_by("pk").values_list("updated_at", flat=True))
    review_channels(at=NOW + timedelta(days=1))
    assert list(DirectChannelGrant.objects.order_by("pk").values_list("updated_at", flat=True)) == before


def test_a_review_ends_with_a_partners_reason_or_with_the_channel(cast: Cast) -> None:
    client = kept(cast, tier="vip")
    stays, goes = grant(cast, client), grant(cast, client, channel="mail")
    Client.objects.filter(pk=client.pk).update(tier="c")
    review_channels(at=NOW)
    with pytest.raises(PermissionDenied):
        keep_channel(stays, reason="Old friend", by=cast.manager, at=NOW)
    keep_channel(stays, reason="Old friend", by=cast.partner, at=NOW)
    revoke_channel(goes, on=TODAY, by=cast.manager, at=NOW)
    assert not Task.objects.unfinished().filter(kind="channel_review").exists()
    assert review_channels(at=NOW) == 0
    stays.refresh_from_db()
    assert (stays.basis, stays.review_since_on) == ("override", None)
    with pytest.raises(ValidationError) as refused:
        revoke_channel(goes, on=TODAY, by=cast.manager, at=NOW)
    assert refused.value.code == "already_done"


def test_reach_counts_clients_ever_worked_for_and_those_who_know_each_channel(cast: Cast) -> None:
    served = [kept(cast, tier="vip") for _each in range(3)]
    past = make_client()
    ClientMember.objects.create(client=past, user=cast.manager, from_on=date(2020, 1, 1), to_on=date(2021, 1, 1))
    for client in served[:2]:
        grant(cast, client, channel="mail")
    grant(cast, served[0], channel="mail", contact=make_contact(served[0]))
    revoke_channel(grant(cast, served[2]), on=TODAY, by=cast.manager, at=NOW)
    (row,) = reach(cast.partner)
    assert (row.employee, row.clients, row.known) == (cast.manager, 4, {"mail": 2})
    assert reach(cast.consultant) == []


def test_channels_over_the_api(cast: Cast) -> None:
    client = kept(cast)
    body = {
        "client": client.pk,
        "contact": make_contact(client).pk,
        "employee": cast.manager.pk,
        "channel": "mail",
        "granted_on": TODAY.isoformat(),
    }
    refused = make_api(cast.manager).post(GRANTS, body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "needs_decision")
    partner = make_api(cast.partner)
    assert partner.post(GRANTS, body).json()["errors"][0]["attr"] == "reason"
    made = partner.post(GRANTS, {**body, "reason": "Opens doors"})
    assert (made.status_code, made.json()["basis"]) == (201, "override")
    address = f"{GRANTS}{made.json()['id']}/"
    assert make_api(cast.manager).post(address + "keep/", {"reason": "x"}).status_code == 403
    assert partner.post(address + "keep/", {"reason": "Still does"}).json()["reason"] == "Still does"
    assert make_api(cast.manager).post(address + "revoke/", {}).json()["revoked_on"] == TODAY.isoformat()
    assert make_api(cast.manager).post(address + "revoke/", {}).status_code == 409
    assert make_api(cast.finance).get(GRANTS).status_code == 403


def test_strangers_find_no_channel(cast: Cast) -> None:
    client = make_client(name="Foreign one", tier="vip")
    row = grant_channel(draft(cast, client, employee=cast.partner), by=cast.partner, at=NOW)
    assert make_api(cast.manager).get(f"{GRANTS}{row.pk}/").status_code == 404
    browser = signed_in(cast.manager)
    assert "Foreign one" not in text_of(browser.get(url("grant_list")))
    for name in ("grant", "grant_revoke"):
        assert browser.get(url(name, row.pk)).status_code == 404
    assert browser.get(url("client_channels", client.pk)).status_code == 404


def test_a_channel_is_granted_kept_and_taken_back_on_pages(cast: Cast) -> None:
    client = kept(cast, name="Brandl Bau")
    person = make_contact(client)
    browser = signed_in(cast.partner)
    people = browser.get(url("grant_new") + "?part=people&client=Brandl Bau", headers={"HX-Request": "true"})
    typed = {"client": "Brandl Bau", "contact": person.pk, "employee": cast.manager.pk, "channel": "card"}
    typed["granted_on"] = TODAY.isoformat()
    assert people.status_code == 200
    wrong = browser.post(url("grant_new"), typed)
    assert (wrong.status_code, "Brandl Bau" in text_of(wrong)) == (422, True)
    assert browser.post(url("grant_new"), {**typed, "reason": "Opens doors"}).status_code == 302
    row = DirectChannelGrant.objects.get()
    assert "Opens doors" in text_of(browser.get(url("grant", row.pk)))
    assert "Jonas Brandl" in text_of(browser.get(url("client_channels", client.pk)))
    assert signed_in(cast.manager).get(url("grant_keep", row.pk)).status_code == 403
    assert browser.post(url("grant_keep", row.pk), {"reason": "Still does"}).status_code == 302
    for days in (-1, 1):
        wrong_day = {"on": (TODAY + timedelta(days=days)).isoformat()}
        assert browser.post(url("grant_revoke", row.pk), wrong_day).status_code == 422
    ahead = make_api(cast.partner).post(f"{GRANTS}{row.pk}/revoke/", wrong_day).json()["errors"][0]
    assert (ahead["code"], ahead["attr"]) == ("future", "on")
    assert browser.post(url("grant_revoke", row.pk), {"on": TODAY.isoformat()}).status_code == 302
    assert "Jonas Brandl" not in text_of(browser.get(url("grant_list")))
    assert "Jonas Brandl" in text_of(browser.get(url("grant_list") + "?revoked=true"))


def test_the_register_filters_and_is_a_file(cast: Cast) -> None:
    client = kept(cast, tier="vip", name="Brandl Bau")
    grant(cast, client)
    browser = signed_in(cast.manager)
    assert "Brandl Bau" in text_of(browser.get(url("grant_list") + "?search=brandl&channel=phone"))
    assert "Brandl Bau" not in text_of(browser.get(url("grant_list") + "?channel=card"))
    assert "1 of 1" in text_of(browser.get(url("channel_reach")))
    for name in ("grant_list", "channel_reach"):
        file = browser.get(url(name) + "?format=csv&headers=names")
        who = cast.manager.username if name == "grant_list" else str(cast.manager)
        assert who in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
        assert browser.get(url(name) + "?format=xlsx").status_code == 200


@pytest.mark.parametrize("n", [2, 40])
def test_the_register_costs_the_same_whatever_its_length(
    cast: Cast, n: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(n):
        grant(cast, kept(cast, tier="vip"))
    browser = signed_in(cast.manager)
    for name in ("grant_list", "channel_reach"):
        browser.get(url(name))
        with django_assert_max_num_queries(20):
            browser.get(url(name))


def test_a_line_to_a_colleague_who_has_left_is_reviewed(cast: Cast) -> None:
    row = grant(cast, kept(cast, tier="vip"))
    User.objects.filter(pk=row.employee_id).update(is_active=False)
    review_channels(at=NOW)
    row = type(row)._default_manager.get(pk=row.pk)
    assert row.review_since_on == TODAY
    with pytest.raises(ValidationError) as refused:
        keep_channel(row, reason="Old friend", by=cast.partner, at=NOW)
    assert refused.value.error_dict["employee"][0].code == "inactive"
