"""Distance: who is close to a client approves nothing for it, and what its people receive of us has a yearly cap."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, DistancePolicy, Interaction, PersonalRelationship
from clients.services.feedback import check_contact
from clients.services.keepers import first_partner
from clients.services.tasks import TaskDraft, open_task
from crm.db import worded
from crm.models import User
from crm.money import round_half_up
from crm.web.formats import lazy_number

GIFTS = "gift_cap"
RECEIVED = (Interaction.Kind.SOCIAL, Interaction.Kind.HOSPITALITY)  # a gift is a social touch that has a cost


def is_close(client: Client, *, to: User | None = None) -> bool:
    """Whether somebody of us, or one of us, has declared a personal relationship with a person of the client."""
    rows = PersonalRelationship.objects.current().filter(client__in=client.holder.family)
    return (rows if to is None else rows.filter(employee=to)).exists()


def check_distance(client: Client, *, by: User, asked_by: int | None = None) -> None:
    """PermissionDenied for who is close to a client, and for who asked where anybody is: then even a small firm waits.

    Called before somebody approves a discount, goodwill or a write-off.
    """
    rows = PersonalRelationship.objects.current().filter(client__in=client.holder.family)
    close = set(rows.values_list("employee", flat=True))
    if by.pk in close:
        raise PermissionDenied(_("You are close to this client: somebody else decides."))
    if close and by.pk == asked_by:
        raise PermissionDenied(_("One of us is close to this client: a second person decides."))


def declare_relationship(row: PersonalRelationship, *, at: datetime) -> PersonalRelationship:
    """Writes a relationship down, or its end. `future` for what has not happened."""
    check_contact(row)
    on = timezone.localdate(at)
    for name in ("declared_on", "ended_on"):
        if (day := getattr(row, name)) and day > on:
            raise ValidationError({name: ValidationError(_("This has not happened yet."), code="future")})
    row.full_clean()
    with worded():
        row.save()
    return row


def gifts_of(contacts: Collection[int], *, year: int) -> Mapping[int, Decimal]:
    """What these people received of us in a year: gifts and hospitality, shared by those who were there."""
    there = Interaction.contacts.through._default_manager
    hosted = Interaction.objects.filter(kind__in=RECEIVED, occurred_at__year=year, cost__gt=0)
    pairs = list(there.filter(interaction__in=hosted, contact__in=contacts).values_list("interaction", "contact"))
    rows = hosted.filter(pk__in={meal for meal, _contact in pairs}).annotate(guests=Count("contacts"))
    shares = {pk: Fraction(cost or 0) / guests for pk, cost, guests in rows.values_list("pk", "cost", "guests")}
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for meal, contact in pairs:
        sums[contact] += shares[meal]
    return {pk: round_half_up(amount, 2) for pk, amount in sums.items()}


def note_gifts(row: Interaction, *, at: datetime) -> None:
    """After a gift or hospitality: a partner is asked about each person over the cap. Reality stays logged."""
    partner = first_partner()
    if row.kind not in RECEIVED or partner is None:
        return
    cap, year = DistancePolicy.load().gift_cap, timezone.localdate(row.occurred_at).year
    guests = {contact.pk: contact for contact in row.contacts.all()}
    for pk, amount in gifts_of(set(guests), year=year).items():
        if amount > cap:
            open_task(_draft(row.client, guests[pk], partner, amount, cap, year, at))


def _draft(
    client: Client, contact: Contact, partner: User, amount: Decimal, cap: Decimal, year: int, at: datetime
) -> TaskDraft:
    return TaskDraft(
        kind=GIFTS,
        source=f"contact:{contact.pk}:{year}",
        assignee=partner,
        client=client,
        contact=contact,
        title=format_lazy(_("Over the cap of gifts: {person}"), person=str(contact)),
        detail=format_lazy(
            _("{amount} in {year}, {cap} allowed"), amount=lazy_number(amount), year=year, cap=lazy_number(cap)
        ),
        due_at=at,
        url=reverse("clients:hospitality_list") + f"?contact={contact.pk}",
    )
