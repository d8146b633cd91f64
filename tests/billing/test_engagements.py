"""billing.services.engagements: lead and members work for the client; terms belong to it."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from billing.forms.terms import EngagementForm
from billing.models import Engagement, Retainer
from billing.services.engagements import change_engagement, close_engagement
from clients.models import Client, ClientMember
from tests.make import Cast, make_client, make_engagement, make_seller
from tests.make.hours import DAY
from tests.make.offers import make_offer

pytestmark = pytest.mark.django_db


def test_lead_and_members_work_for_the_client(cast: Cast) -> None:
    engagement = make_engagement(lead=cast.manager, members=[cast.consultant])
    assert set(ClientMember.objects.values_list("user", flat=True)) == {cast.manager.pk, cast.consultant.pk}
    assert list(Client.objects.visible_to(cast.consultant)) == [engagement.client]
    assert list(Engagement.objects.visible_to(cast.outsider)) == []


def test_who_leaves_the_engagement_ends_there_and_stays_with_the_client(cast: Cast) -> None:
    engagement = make_engagement(lead=cast.manager, members=[cast.consultant])
    change_engagement(engagement, members=[cast.outsider], on=DAY)
    assert engagement.members.get(user=cast.consultant).to_on == DAY
    assert engagement.members.get(user=cast.outsider).from_on == DAY
    assert ClientMember.objects.filter(user=cast.consultant, to_on=None).exists()


def test_a_new_lead_becomes_a_member(cast: Cast) -> None:
    engagement = make_engagement(lead=cast.manager)
    engagement.lead = cast.consultant
    change_engagement(engagement, on=DAY)
    assert set(engagement.members.filter(to_on=None).values_list("user", flat=True)) == {
        cast.manager.pk,
        cast.consultant.pk,
    }


def test_terms_of_another_client_are_refused(cast: Cast) -> None:
    other = make_client()
    retainer = Retainer.objects.create(
        client=other, seller=make_seller(), name="Care", monthly_fee=Decimal(10), currency="EUR", starts_on=DAY
    )
    with pytest.raises(ValidationError) as refused:
        make_engagement(retainer=retainer)
    assert "retainer" in refused.value.error_dict


def test_closing_twice_is_already_done(cast: Cast) -> None:
    engagement = close_engagement(make_engagement(), on=DAY)
    assert engagement.closed_on == DAY
    with pytest.raises(ValidationError) as refused:
        close_engagement(engagement, on=DAY)
    assert refused.value.error_list[0].code == "already_done"


def test_it_is_not_closed_before_it_began() -> None:
    with pytest.raises(ValidationError) as refused:
        close_engagement(make_engagement(started_on=DAY), on=date(2026, 6, 9))
    assert "closing date" in refused.value.messages[0]


def test_engagement_new_offers_only_agreements_that_one_may_see(cast: Cast) -> None:
    own, foreign = (make_client(account_manager=who) for who in (cast.manager, cast.partner))
    seen, hidden = (make_offer(client, title=title) for client, title in ((own, "Seen"), (foreign, "Hidden")))
    choices = EngagementForm(user=cast.manager).fields["offer"].queryset  # type: ignore[attr-defined]
    assert [*choices] == [seen]
    assert hidden in EngagementForm(user=cast.partner).fields["offer"].queryset  # type: ignore[attr-defined]
