"""Open engagements of a person go to a successor; time, approvals and signatures stay with who gave them."""

from datetime import date

from billing.models import Engagement
from billing.models.engagements import EngagementMember
from billing.services.successions import ask_note
from clients.services.facts import add_member
from crm.models import User


def led_engagements(person: User) -> int:
    return Engagement.objects.open().filter(lead=person).count()


def hand_over_engagements(giver: User, taker: User, on: date) -> int:
    """The lead, and with it the place among those who work for the client."""
    rows = list(Engagement.objects.open().filter(lead=giver).select_related("client").order_by("pk"))
    for row in rows:
        add_member(row.client, user=taker, on=on)
    Engagement.objects.filter(pk__in=[row.pk for row in rows]).update(lead=taker)
    for row in rows:
        row.lead = taker
        ask_note(row, predecessor=giver, successor=taker, on=on)
    return len(rows)


def joined_engagements(person: User) -> int:
    return EngagementMember.objects.filter(user=person, to_on=None).count()


def hand_over_places(giver: User, taker: User, on: date) -> int:
    """The giver's place ends on the day; the successor takes it unless they have one."""
    places = EngagementMember.objects.filter(user=giver, to_on=None)
    rows = list(places.select_related("engagement__client", "engagement__lead").order_by("pk"))
    for row in rows:
        EngagementMember.objects.get_or_create(
            engagement_id=row.engagement_id, user=taker, to_on=None, defaults={"from_on": on}
        )
        if row.engagement.status == Engagement.Status.OPEN:
            ask_note(row.engagement, predecessor=giver, successor=taker, on=on)
    EngagementMember.objects.filter(pk__in=[row.pk for row in rows]).update(to_on=on)
    return len(rows)
