"""Handovers: the client finishes the work himself, acknowledges what that means, and may come back within a year.

What comes back on the same scope is shown the handover and needs a decision; nothing is decided silently.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Handover, HandoverReturn, HandoverSignature, Offer, TimeEntry
from billing.rules.documentation import is_outline
from billing.rules.handover import NEEDS_DECISION, WINDOW_MONTHS, falls_in_window
from billing.rules.overrun import released_minutes
from billing.rules.vat import StatutoryRate
from billing.services.frozen import freeze_buyer, freeze_seller, sha256_of
from billing.services.offer_documents import gross_of
from billing.services.offers import Signer, close_offer
from billing.services.overruns import work_under
from clients.models.client import of_holders
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.db import worded
from crm.jobs import enqueue
from crm.links import make_link, open_links, revoke_links
from crm.models import SignedLink, User
from crm.periods import add_months

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

LINK_DAYS = timedelta(days=60)
OPEN = "handover_unacknowledged"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What is said at a handover; an outline needs only what is done."""

    done: str
    not_done: str = ""
    client_will_finish: str = ""
    explained_on: date | None = None
    explained_to: str = ""
    explained_by: User | None = None
    recipient: str | None = None


def level_of(offer: Offer, *, rates: tuple[StatutoryRate, ...] | None = None) -> Handover.Level:
    """Small offers are documented in outline, by the limit of the own company or the common one.

    Where no VAT rate says how large an offer is, it is documented in full.
    """
    limit = offer.seller.outline_limit if offer.seller.currency == offer.currency else None
    try:
        small = is_outline(gross_of(offer, rates=rates), offer.currency, limit=limit)
    except ValidationError:
        small = False
    return Handover.Level.OUTLINE if small else Handover.Level.FULL


@transaction.atomic
def hand_over(offer: Offer, said: HandedOver, *, by: User, on: date, at: datetime) -> Handover:
    """Closes an accepted offer as `closed_by_client` and mails the handover with its link.

    What was used is billed, the rest of the signed minutes is released. ValidationError: `wrong_status` unless the
    offer is accepted, `required` for what an offer of its size must say.
    """
    row = close_offer(offer, reason=Offer.CloseReason.CLOSED_BY_CLIENT, on=on)
    used = sum(entry.billed_minutes for entry in work_under(row))
    handover = Handover(
        offer=row,
        level=level_of(row),
        done=said.done.strip(),
        not_done=said.not_done.strip(),
        client_will_finish=said.client_will_finish.strip(),
        explained_by=said.explained_by or by,
        explained_on=said.explained_on or on,
        explained_to=said.explained_to,
        used_minutes=used,
        released_minutes=released_minutes(signed=row.signed_minutes, used=used),
        recipient=_address_of(row) if said.recipient is None else said.recipient,
        made_by=by,
    )
    _require_said(handover)
    handover.document = canonical_handover(handover)
    handover.document_sha256 = sha256_of(handover.document)
    with worded():
        handover.save(force_insert=True)
    open_task(_reminder(handover, at))
    enqueue("billing.tasks.mail_handover", handover.pk)
    return handover


@transaction.atomic
def acknowledge_handover(handover: Handover, *, signer: Signer, at: datetime) -> HandoverSignature:
    """Keeps that the client read it, once. ValidationError: `already_done`, `required` without a name."""
    row = Handover.objects.locked().get(pk=handover.pk)
    if not signer.by_name.strip():
        raise ValidationError({"by_name": ValidationError(_("Type your name."), code="required")})
    if HandoverSignature.objects.filter(handover=row).exists():
        raise ValidationError(_("This was acknowledged already."), code="already_done")
    signature = HandoverSignature.objects.create(
        handover=row,
        by_name=signer.by_name.strip()[:160],
        at=at,
        address=signer.address,
        user_agent=signer.user_agent[:300],
        document_sha256=row.document_sha256,
    )
    SignedLink.objects.filter(purpose=SignedLink.Purpose.HANDOVER, subject_id=row.pk, used_at=None).update(used_at=at)
    settle_tasks(OPEN, f"handover:{row.pk}", at=at)
    return signature


def link_to_handover(handover: Handover, *, by: User | None, at: datetime) -> str:
    """The secret of a new signed link, good for 60 days."""
    _link, secret = make_link(
        SignedLink.Purpose.HANDOVER,
        subject_id=handover.pk,
        recipient=handover.recipient,
        by=by,
        at=at,
        expires_at=at + LINK_DAYS,
    )
    return secret


def open_links_of(offer: Offer, *, at: datetime) -> int:
    """How many links to the offer and to its handover a client could still open."""
    return sum(open_links(kind, subject_id=pk, at=at).count() for kind, pk in _linked(offer))


@transaction.atomic
def end_links_of(offer: Offer, *, at: datetime) -> int:
    """Revokes every link to the offer and to its handover; says how many. The client sees that it has ended."""
    return sum(revoke_links(kind, subject_id=pk, at=at) for kind, pk in _linked(offer))


def _linked(offer: Offer) -> list[tuple[SignedLink.Purpose, int]]:
    handover = Handover.objects.filter(offer=offer).values_list("pk", flat=True).first()
    found = [(SignedLink.Purpose.OFFER, offer.pk)]
    return [*found, (SignedLink.Purpose.HANDOVER, handover)] if handover else found


def ask_about_handovers(entries: Sequence[TimeEntry]) -> None:
    """Marks billable work on a scope that was handed over within the last 12 months, until somebody has decided.

    The entry keeps its handover in `came_back`; `keep_returns` writes it once the entry is saved.
    """
    asked = [entry for entry in entries if _may_come_back(entry)]
    handovers = _handovers_near(asked) if asked else []
    decided = _decided(asked) if handovers else set()
    for entry in asked if handovers else ():
        found = next((each for each in handovers if _is_same_scope(entry, each)), None)
        entry.came_back = found
        if found and entry.pk not in decided and not entry.needs_decision:
            entry.needs_decision = NEEDS_DECISION
    _forget([entry for entry in entries if entry.needs_decision == NEEDS_DECISION and not entry.came_back])


def _forget(entries: Sequence[TimeEntry]) -> None:
    """Takes the question from work that was moved to where nothing was handed over."""
    for entry in entries:
        entry.needs_decision = ""
    saved = [entry.pk for entry in entries if entry.pk]
    if saved:
        HandoverReturn.objects.filter(entry__in=saved, choice="").delete()


def keep_returns(entries: Iterable[TimeEntry]) -> None:
    """Writes which saved entries came back after which handover, each once."""
    HandoverReturn.objects.bulk_create(
        [HandoverReturn(handover=entry.came_back, entry=entry) for entry in entries if entry.came_back],
        ignore_conflicts=True,
    )


def settle_return(entry: TimeEntry, *, choice: str, by: User, at: datetime) -> dict[str, object]:
    """Keeps who pays for work that came back, and gives what follows for the entry.

    What the client pays is no part of the old offer any more: it is closed, and its limit with it.
    """
    HandoverReturn.objects.filter(entry=entry).update(choice=choice, decided_by=by, decided_at=at)
    return {"offer": None} if entry.offer and entry.offer.is_handed_over else {}


def canonical_handover(handover: Handover) -> dict[str, object]:
    """What the client reads and acknowledges, as plain values; an outline has one line of result per session."""
    offer = handover.offer
    return {
        "number": offer.number,
        "title": offer.title,
        "level": handover.level,
        "done": handover.done,
        "not_done": handover.not_done,
        "client_will_finish": handover.client_will_finish,
        "explained_by": str(handover.explained_by),
        "explained_on": handover.explained_on.isoformat(),
        "explained_to": handover.explained_to,
        "signed_minutes": offer.signed_minutes,
        "used_minutes": handover.used_minutes,
        "released_minutes": handover.released_minutes,
        "sessions": [_session(entry) for entry in work_under(offer)],
        "language": offer.client.language,
        "seller": freeze_seller(offer.seller, currency=offer.currency),
        "buyer": freeze_buyer(offer.client),
    }


def _session(entry: TimeEntry) -> list[object]:
    return [entry.worked_on.isoformat(), entry.billed_minutes, entry.description]


def _require_said(handover: Handover) -> None:
    wanted: dict[str, _StrPromise] = {"done": _("Say what is done.")}
    if handover.level == Handover.Level.FULL:
        wanted["client_will_finish"] = _("Say what the client will finish.")
    missing = {
        name: ValidationError(words, code="required") for name, words in wanted.items() if not getattr(handover, name)
    }
    if missing:
        raise ValidationError(missing)


def _may_come_back(entry: TimeEntry) -> bool:
    """What can be told without asking the database, so that most work costs no statement more."""
    if entry.billing_type != TimeEntry.BillingType.BILLABLE:
        return False
    agreed = entry.offer or (entry.engagement.offer if entry.engagement else None)
    if agreed:
        return agreed.status in (Offer.Status.CLOSED, Offer.Status.SUPERSEDED)
    return _is_free_scope(entry)


def _is_free_scope(entry: TimeEntry) -> bool:
    """Whether no agreement says what the work belongs to, so that its service alone tells."""
    by_contract = entry.hour_package_id or (entry.engagement and entry.engagement.retainer_id)
    return not by_contract and entry.service_line_id is not None


def _handovers_near(entries: Sequence[TimeEntry]) -> list[Handover]:
    """Handovers of these clients in the year before the work, the newest first."""
    days = [entry.worked_on for entry in entries]
    rows = Handover.objects.filter(
        of_holders((entry.client.holder_id for entry in entries), "offer__client"),
        offer__closed_on__range=(add_months(min(days), -WINDOW_MONTHS), max(days)),
    )
    return list(rows.select_related("offer__client").order_by("-offer__closed_on", "-pk"))


def _decided(entries: Iterable[TimeEntry]) -> set[int]:
    saved = [entry.pk for entry in entries if entry.pk]
    return set(HandoverReturn.objects.filter(entry__in=saved).exclude(choice="").values_list("entry", flat=True))


def _is_same_scope(entry: TimeEntry, handover: Handover) -> bool:
    """Under the offer or its engagement; else the same service, where nothing else pays by agreement.

    An engagement without an offer that ran before the handover is work of its own; one begun since may be the old work
    under a new name.
    """
    offer = handover.offer
    handed_over_on = offer.closed_on
    if handed_over_on is None or not entry.client.has(offer):
        return False
    if not falls_in_window(entry.worked_on, handed_over_on=handed_over_on):
        return False
    if entry.offer:
        return entry.offer.family_id == offer.family_id
    if entry.engagement and entry.engagement.offer:
        return entry.engagement.offer.family_id == offer.family_id
    if entry.engagement and entry.engagement.started_on < handed_over_on:
        return False
    return _is_free_scope(entry) and entry.service_line_id == offer.service_line_id


def _address_of(offer: Offer) -> str:
    return str((offer.contact.email if offer.contact else "") or offer.client.billing_email)


def _reminder(handover: Handover, at: datetime) -> TaskDraft:
    """A missing acknowledgement is shown and blocks nothing."""
    offer = handover.offer
    return TaskDraft(
        kind=OPEN,
        source=f"handover:{handover.pk}",
        assignee=offer.lead or offer.author,
        title=format_lazy(
            _("{client} has not acknowledged the handover of {number} yet"),
            client=offer.client.name,
            number=offer.number,
        ),
        due_at=at + timedelta(days=7),
        client=offer.client,
        contact=offer.contact,
        url=reverse("billing:offer_detail", args=[offer.pk]),
    )
