"""Discounts: a visible line of the draft, by client before tier; above the ceiling another person decides."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import Discount, Invoice
from billing.services.discounts import ask_for_discount, decide_discount, end_discount
from billing.services.drafting import draft_invoices
from billing.services.fees import draft_due_fees
from billing.services.fixed_offers import draft_fixed_offer
from clients.models import TierPolicy
from crm.access import Role
from tests.billing.errors import code_of
from tests.billing.test_payments import NOON
from tests.make import Cast, make_api, make_client, make_engagement, make_service_line, make_user
from tests.make.invoices import make_draft, make_work
from tests.make.offers import make_accepted_offer
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
JULY = date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _ceilings() -> None:
    TierPolicy.objects.ensure()
    TierPolicy.objects.update(discount_ceiling_percent=10)


def ask(percent: str, **kw: Any) -> Discount:
    by = kw.pop("by", None) or make_user(Role.ACCOUNT_MANAGER)
    fields = {"valid_from": date(2026, 1, 1), "reason": "frame contract", **kw}
    return ask_for_discount(Discount(percent=Decimal(percent), **fields), by=by, at=NOON)


def off(draft: Invoice) -> list[tuple[str, Decimal]]:
    return [(line.description, line.amount) for line in draft.lines.filter(kind="discount").order_by("position")]


def test_a_discount_stands_below_the_hours_at_their_full_price() -> None:
    client = make_client(language="de")
    ask("5", client=client)
    draft = make_draft(client)
    assert [line.unit_price for line in draft.lines.filter(kind="time")] == [Decimal("150.0000")]
    assert off(draft) == [("Rabatt 5 %", Decimal("-75.00"))]
    assert (draft.net_amount, draft.vat_amount, draft.gross_amount) == (
        Decimal("1197.48"),
        Decimal("227.52"),
        Decimal("1425.00"),
    )


def test_the_clients_own_discount_goes_before_that_of_its_tier() -> None:
    client = make_client(tier="a")
    ask("3", tier="a")
    assert off(make_draft(client))[0][1] == Decimal("-45.00")
    ask("10", client=client)
    assert off(make_draft(client))[0][1] == Decimal("-150.00")
    assert off(make_draft(make_client(tier="b"))) == []


def test_a_discount_of_one_service_takes_nothing_off_others() -> None:
    client, audit, law = make_client(), make_service_line(code="audit"), make_service_line(code="law")
    ask("10", client=client, service_line=audit)
    assert off(make_draft(client, service_line=law)) == []
    assert off(make_draft(client, service_line=audit))[0][1] == Decimal("-150.00")


def test_a_discount_holds_on_the_days_worked() -> None:
    client = make_client()
    discount = ask("10", client=client)
    end_discount(discount, on=date(2026, 3, 9))
    assert off(make_draft(client, worked_on=date(2026, 3, 10))) == []
    assert off(make_draft(client, worked_on=date(2026, 3, 9)))[0][1] == Decimal("-150.00")


def test_above_the_ceiling_a_partner_who_did_not_ask_decides() -> None:
    client, asking, deciding = make_client(), make_user(Role.PARTNER), make_user(Role.PARTNER)
    discount = ask("10.01", client=client, by=asking)
    assert (discount.approved, off(make_draft(client))) == (None, [])
    for person in (asking, make_user(Role.FINANCE)):
        with pytest.raises(PermissionDenied):
            decide_discount(discount, approved=True, by=person, at=NOON)
    decide_discount(discount, approved=True, by=deciding, at=NOON)
    assert off(make_draft(client))[0][1] == Decimal("-150.15")
    with pytest.raises(ValidationError) as refused:
        decide_discount(discount, approved=False, by=deciding, at=NOON)
    assert code_of(refused) == "already_done"


def test_two_discounts_never_overlap_unless_one_was_refused() -> None:
    client = make_client()
    first = ask("20", client=client)
    with pytest.raises(ValidationError) as refused:
        ask("5", client=client)
    assert code_of(refused) == "overlap"
    decide_discount(first, approved=False, by=make_user(Role.PARTNER), at=NOON)
    assert ask("5", client=client).approved


@pytest.mark.parametrize("change", [{"tier": "a"}, {"reason": ""}, {"percent": Decimal(0)}, {"percent": Decimal(101)}])
def test_the_database_refuses_what_is_no_discount(change: dict[str, Any]) -> None:
    fields = {"client": make_client(), "percent": Decimal(5), "valid_from": date(2026, 1, 1), "reason": "x", **change}
    with pytest.raises(ValidationError):
        ask_for_discount(Discount(**fields), by=make_user(), at=NOON)


def test_discount_pages(cast: Cast) -> None:
    manager, partner = Browser(), Browser()
    manager.force_login(cast.manager)
    partner.force_login(cast.partner)
    client = make_client(account_manager=cast.manager)
    body = {
        "covers": "hours",
        "client": client.pk,
        "percent": "15",
        "valid_from": timezone.localdate().isoformat(),
        "reason": "large order",
    }
    assert manager.post(reverse("billing:discount_new"), body | {"tier": "a"}).status_code == 422
    manager.post(reverse("billing:discount_new"), body)
    discount = Discount.objects.get()
    assert "large order" in manager.get(reverse("billing:discount_list")).content.decode()
    assert manager.post(reverse("billing:discount_decide", args=[discount.pk])).status_code == 403
    partner.post(reverse("billing:discount_decide", args=[discount.pk]))
    manager.post(reverse("billing:discount_end", args=[discount.pk]))
    discount.refresh_from_db()
    assert (discount.approved, discount.decided_by, discount.valid_to) == (True, cast.partner, timezone.localdate())


def test_discounts_through_the_api(cast: Cast) -> None:
    api = make_api(cast.finance)
    body = {"client": make_client().pk, "percent": "15.00", "valid_from": "2026-01-01", "reason": "large order"}
    made = api.post("/api/v1/discounts/", body)
    assert (made.status_code, made.json()["approved"]) == (201, None), made.json()
    url = f"/api/v1/discounts/{made.json()['id']}/"
    assert api.post(f"{url}decide/", {"approved": True}).status_code == 403
    assert make_api(cast.partner).post(f"{url}decide/", {"approved": True}).json()["approved"] is True
    assert make_api(cast.partner).post(f"{url}decide/", {"approved": True}).status_code == 409
    assert api.post(f"{url}end/", {"valid_to": "2026-06-30"}).json()["valid_to"] == "2026-06-30"


@pytest.mark.parametrize(("covers", "found"), [("hours", []), ("services", [Decimal("-119.00")])])
def test_a_discount_on_services_takes_its_part_off_fixed_prices_too(covers: str, found: list[Decimal]) -> None:
    offer = make_accepted_offer(basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None)
    ask("10", client=offer.client, covers=covers)
    draft = draft_fixed_offer(offer, by=None, on=date(2026, 7, 1))
    assert [amount for _words, amount in off(draft)] == found
    assert draft.gross_amount == Decimal("1190.00") + sum(found)


def test_a_discount_on_services_stands_below_the_retainer_fee() -> None:
    retainer = make_retainer(make_client(country="RU", tier="b"))
    ask("10", tier="b", covers="services")
    draft = draft_due_fees(on=retainer.starts_on, at=NOON).drafts[0]
    assert [amount for _words, amount in off(draft)] == [Decimal("-8000.00")]
    assert retainer.periods.earliest("starts_on").invoice_line == draft.lines.get(kind="retainer")


def test_nobody_is_offered_to_decide_about_what_they_asked_for(client: Browser, cast: Cast) -> None:
    discount = ask("50", tier="a", by=cast.partner)
    url = reverse("billing:discount_decide", args=[discount.pk])
    client.force_login(cast.partner)
    assert url not in client.get(reverse("billing:discount_list")).content.decode()
    client.force_login(make_user(Role.PARTNER))
    assert url in client.get(reverse("billing:discount_list")).content.decode()


def test_the_database_keeps_who_asked_from_deciding() -> None:
    discount = ask("50", tier="a", by=make_user(Role.PARTNER))
    with pytest.raises(IntegrityError, match="Nobody decides"), transaction.atomic():
        Discount.objects.update(decided_by=discount.made_by)


def test_a_discount_by_engagement_is_a_line_of_its_own_and_leaves_other_work_alone() -> None:
    client = make_client()
    engagement = make_engagement(client)
    for minutes, own in ((600, engagement), (600, None)):
        make_work(client, minutes=minutes, engagement=own)
    ask("10", client=client, engagement=engagement)
    ask("5", client=client)
    (draft,) = draft_invoices(client, through=JULY, by=None, on=JULY).drafts
    assert {line.unit_price for line in draft.lines.filter(kind="time")} == {Decimal("150.0000")}
    assert sorted(amount for _words, amount in off(draft)) == [Decimal("-150.00"), Decimal("-75.00")]


def test_a_discount_by_retainer_is_off_its_fee_only() -> None:
    retainer = make_retainer()
    make_retainer(retainer.client, name="Other")
    ask("10", client=retainer.client, retainer=retainer, covers="services")
    drafts = draft_due_fees(on=retainer.starts_on, at=NOON).drafts
    found = [off(draft) for draft in drafts]
    assert sorted(len(lines) for lines in found) == [0, 1]


def test_a_discount_by_fixed_offer_is_off_its_price_only() -> None:
    offer = make_accepted_offer(basis="fixed", fixed_price=Decimal("1190.00"), hourly_rate=None)
    ask("10", client=offer.client, offer=offer, covers="services")
    assert len(off(draft_fixed_offer(offer, by=None, on=JULY))) == 1


def test_a_contract_of_another_client_and_two_contracts_are_refused() -> None:
    engagement = make_engagement(make_client())
    with pytest.raises(ValidationError) as refused:
        ask("5", client=make_client(), engagement=engagement)
    assert code_of(refused) == "wrong_party"
    retainer = make_retainer(engagement.client)
    with pytest.raises(ValidationError, match="one contract"):
        ask("5", client=engagement.client, engagement=engagement, retainer=retainer)


def test_a_discount_by_contract_above_the_ceiling_waits_like_any_other(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    engagement = make_engagement(client)
    body = {"client": client.pk, "engagement": engagement.pk, "percent": "20", "valid_from": "2026-01-01"}
    made = make_api(cast.manager).post("/api/v1/discounts/", {**body, "reason": "frame"}, format="json")
    assert (made.status_code, made.json()["approved"], made.json()["engagement"]) == (201, None, engagement.pk)
