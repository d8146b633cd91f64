"""A personal relationship: discount, goodwill and write-off for the client wait for a second person."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from billing.models import Discount
from billing.services.discounts import ask_for_discount, decide_discount
from billing.services.goodwill import check_budgets, owed_decision
from clients.models import Client, PersonalRelationship
from crm.models import Firm, User
from tests.make import Cast, make_client, make_contact, make_tiers, new_entry

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def close(client: Client, person: User) -> None:
    PersonalRelationship.objects.create(client=client, contact=make_contact(client), employee=person, declared_on=TODAY)


def asked(client: Client, by: User, **kw: Any) -> Discount:
    fields = {"percent": 5, "covers": "hours", "valid_from": TODAY, "reason": "Volume", **kw}
    return ask_for_discount(Discount(client=client, **fields), by=by, at=NOW)


def test_a_discount_within_the_ceiling_waits_where_somebody_is_close(cast: Cast) -> None:
    make_tiers()
    client = make_client(tier="a", account_manager=cast.manager)
    assert asked(make_client(tier="a"), cast.manager).approved
    close(client, cast.manager)
    row = asked(client, cast.manager)
    assert row.decided_at is None
    assert decide_discount(row, approved=True, by=cast.partner, at=NOW).approved


def test_a_close_partner_does_not_decide_and_a_small_firm_is_no_excuse(cast: Cast) -> None:
    make_tiers()
    Firm.load()
    Firm.objects.update(small_firm=True)
    client = make_client(tier="a")
    close(client, cast.partner)
    row = asked(client, cast.manager)
    with pytest.raises(PermissionDenied, match="somebody else decides"):
        decide_discount(row, approved=True, by=cast.partner, at=NOW)


def test_goodwill_within_the_budget_waits_for_a_partner_where_somebody_is_close(cast: Cast) -> None:
    make_tiers()
    client = make_client(tier="a", account_manager=cast.manager)
    entry = new_entry(client=client, employee=cast.consultant, billing_type="goodwill", reason="Asked", minutes=30)
    assert owed_decision(entry) == ""
    close(client, cast.manager)
    assert owed_decision(entry) == "personal_relationship"


def test_goodwill_asked_for_before_is_not_approved_by_who_became_close_since(cast: Cast) -> None:
    make_tiers()
    client = make_client(tier="a", account_manager=cast.manager)
    entry = new_entry(client=client, employee=cast.consultant, billing_type="goodwill", reason="Asked", minutes=30)
    close(client, cast.manager)
    check_budgets([entry], by=cast.partner)
    with pytest.raises(ValidationError, match="You are close") as refused:
        check_budgets([entry], by=cast.manager)
    assert refused.value.code == "needs_decision"
