"""People who were replaced on the demo's engagements: one note read in time, one that still waits to be read."""

from datetime import timedelta

from billing.models import Engagement, SuccessionNote
from billing.services.successions import read_note, replace_member
from crm.access import Role
from crm.demo.world import World

STATES = (
    "The new server stands; mailboxes of the second floor still have to move.",
    "Figures to October are checked; two questions wait for the chief accountant.",
)
VALUES = ("Calls before mails, and never on a Monday morning.", "Short answers with a date; no surprises on the bill.")
AGO = (40, 3)


def make_successions(world: World) -> None:
    """The older change was read at once, the newer one waits."""
    rows = Engagement.objects.open().select_related("client", "lead").order_by("pk")
    done = 0
    for engagement in rows[:40]:
        member = engagement.members.filter(to_on=None).exclude(user=engagement.lead).order_by("pk").first()
        here = set(engagement.members.values_list("user", flat=True)) | {engagement.lead_id}
        successor = next((each for each in world.people[Role.CONSULTANT] if each.pk not in here), None)
        on = world.today - timedelta(days=AGO[done])
        if member is None or successor is None or member.from_on > on:
            continue
        note = SuccessionNote(
            engagement=engagement,
            predecessor=member.user,
            successor=successor,
            since_on=on,
            state=STATES[done],
            values=VALUES[done],
        )
        replace_member(note, by=engagement.lead, at=world.now)
        if done == 0:
            read_note(note, by=successor, at=world.now)
        done += 1
        if done == len(AGO):
            return
