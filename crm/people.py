"""People come by invitation, leave in one act, and leave nothing behind: their work goes to a successor.

Upper floors register what a person may hold (clients, promises, engagements …), so that handing over needs no
knowledge of them here.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from crm.links import make_link, revoke_links
from crm.models import ApiToken, SignedLink, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

INVITATION_VALID = timedelta(days=14)
DRAIN = 50


@dataclass(frozen=True, slots=True)
class Belonging:
    """Something that a person holds: `count(user)` says how much, `hand_over(giver, taker, on)` moves all of it.

    `may_take(user)` says who may hold it at all.
    """

    code: str
    label: "str | _StrPromise"
    count: Callable[[User], int]
    hand_over: Callable[[User, User, date], int]
    may_take: Callable[[User], bool] = lambda _taker: True


@dataclass(frozen=True, slots=True)
class Held:
    belonging: Belonging
    count: int


_belongings: dict[str, Belonging] = {}


def register_belonging(*belongings: Belonging) -> None:
    """From an app's `ready()`; the same code again replaces one."""
    _belongings.update({each.code: each for each in belongings})


def held_by(person: User) -> list[Held]:
    """What the person holds now, kinds without anything left out."""
    counted = (Held(each, each.count(person)) for each in _belongings.values())
    return [held for held in counted if held.count]


def hand_over(giver: User, *, to: User, on: date) -> dict[str, int]:
    """Moves everything the giver holds, all or nothing; says how much of each kind.

    Raises ValidationError `successor` for somebody who does not work here, is the giver, or may not hold it.
    """
    if to.pk == giver.pk or not User.objects.working().filter(pk=to.pk).exists():
        raise ValidationError({"to": ValidationError(_("Choose a colleague who works here."), code="successor")})
    refused = [str(held.belonging.label) for held in held_by(giver) if not held.belonging.may_take(to)]
    if refused:
        words = _("%(person)s may not take over: %(things)s.") % {"person": to, "things": ", ".join(refused)}
        raise ValidationError({"to": ValidationError(words, code="successor")})
    with transaction.atomic():
        return {each.code: each.hand_over(giver, to, on) for each in _belongings.values()}


def free_username(email: str) -> str:
    """The part before the @, numbered when somebody has it already."""
    stem = re.sub(r"[^\w.+-]", "", email.split("@", maxsplit=1)[0])[:140] or "person"
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    numbered = (f"{stem}{number}" for number in range(2, len(taken) + 3))
    return stem if stem not in taken else next(name for name in numbered if name not in taken)


def invite_person(person: User, *, at: datetime) -> User:
    """Saves a new person who cannot sign in yet; the mail goes out by a task. Raises ValidationError `email_taken`.

    A service account gets no mail: it never signs in, a partner makes its token.
    """
    _check_address(person)
    person.username = person.username or free_username(person.email)
    person.set_unusable_password()
    person.invitation_due_at = at if person.email and not person.is_service else None
    person.save()
    return person


def _check_address(person: User) -> None:
    if person.email and User.objects.filter(email__iexact=person.email, is_active=True).exists():
        taken = ValidationError(_("Somebody with this address is already here."), code="email_taken")
        raise ValidationError({"email": taken})


def invite_again(person: User, *, at: datetime) -> None:
    """Earlier links end when the new one is sent. Raises ValidationError `wrong_status` once there is a password."""
    if not person.is_invited or not person.email:
        raise ValidationError(_("This person does not wait for an invitation."), code="wrong_status")
    User.objects.filter(pk=person.pk).update(invitation_due_at=at)


def send_invitations(*, at: datetime) -> int:
    """Mails every invitation that waits, each in its own transaction; says how many. Safe to run twice at once."""
    sent = 0
    for _number in range(DRAIN):
        with transaction.atomic():
            waiting = User.objects.filter(invitation_due_at__lte=at, is_active=True).order_by("pk")
            person = waiting.select_for_update(skip_locked=True).first()
            if person is None:
                return sent
            _send_invitation(person, at=at)
            User.objects.filter(pk=person.pk).update(invitation_due_at=None)
            sent += 1
    return sent


def _send_invitation(person: User, *, at: datetime) -> None:
    earlier = SignedLink.objects.filter(purpose=SignedLink.Purpose.INVITATION, subject_id=person.pk, revoked_at=None)
    earlier.update(revoked_at=at)
    _link, secret = make_link(
        SignedLink.Purpose.INVITATION,
        subject_id=person.pk,
        recipient=person.email,
        by=None,
        at=at,
        expires_at=at + INVITATION_VALID,
    )
    address = settings.BASE_URL + reverse("accounts:invitation", args=[secret])
    with override(person.language):
        text = render_to_string("crm/mail/invitation.txt", {"person": person, "address": address})
        subject = render_to_string("crm/mail/invitation_subject.txt", {"person": person}).strip()
    send_mail(subject, text, None, [person.email])


def let_go(person: User, *, successor: User | None, by: User, on: date, at: datetime) -> dict[str, int]:
    """Hands over, ends tokens and links, closes the account; says what was handed over.

    Raises ValidationError: `self`, `last_partner`, `successor` when something is held and nobody takes it.
    """
    if person.pk == by.pk:
        raise ValidationError(_("You cannot deactivate yourself."), code="self")
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=person.pk)
        person.is_active = False
        person.clean()
        moved = _passed_on(person, successor, on)
        person.invitation_due_at = None
        person.save()
        ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=at)
        for purpose in (SignedLink.Purpose.INVITATION, SignedLink.Purpose.CALENDAR):
            revoke_links(purpose, subject_id=person.pk, at=at)
    return moved


def _passed_on(person: User, successor: User | None, on: date) -> dict[str, int]:
    if successor is not None:
        return hand_over(person, to=successor, on=on)
    if held_by(person):
        nobody = ValidationError(_("Choose who takes over."), code="successor")
        raise ValidationError({"to": nobody})
    return {}


def take_back(person: User) -> None:
    """A former colleague may sign in again, with the password of before; nothing is handed back."""
    User.objects.filter(pk=person.pk).update(is_active=True)


def names_of(ids: Sequence[int]) -> dict[int, str]:
    """People by id in one query."""
    return {person.pk: str(person) for person in User.objects.filter(pk__in=set(ids))}
