"""Who asked to be erased in the demo: one person is gone, with a receipt; another waits for a partner."""

from datetime import timedelta

from clients.models import Client, Contact, Erasure
from clients.services.erasure import ask_erasure, erase_person
from crm.access import Role
from crm.demo.world import World
from crm.models import User

ASKED_BEFORE = (6, 24)
"""Days ago: the newer request waits, the older one is carried out."""


def make_erasures(world: World) -> None:
    partner = User.objects.working().in_role(Role.PARTNER).order_by("pk").first()
    kept = Client.objects.in_status("active").exclude(account_manager=None).order_by("pk")
    people = [client.contacts.here().order_by("pk").first() for client in kept.select_related("account_manager")[4:9:4]]
    for person, days in zip(people, ASKED_BEFORE, strict=False):
        if person is not None and partner is not None and _is_one_of_several(person):
            asked = Erasure(contact=person, asked_on=world.today - timedelta(days=days), channel="email")
            ask_erasure(asked, by=person.client.account_manager or partner, at=world.now)
            if days == ASKED_BEFORE[-1]:
                erase_person(asked, by=partner, at=world.now)


def _is_one_of_several(person: Contact) -> bool:
    return person.client.contacts.here().count() > 1
