"""Agreements of the demo in all their states: overruns with notices, handovers, fit checks, checkpoints, changed fees.

Unlike the books, these few are made by the services that people use.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from billing.models import Checkpoint, Offer, OverrunNotice, Retainer
from billing.services.checkpoints import finish_checkpoint, lay_all_checkpoints
from billing.services.early_ends import give_notice
from billing.services.fee_rows import change_fee
from billing.services.fit_checks import check_fit
from billing.services.handovers import HandedOver, acknowledge_handover, hand_over
from billing.services.notices import Told, forecast_offer, note_overrun, tell_overruns
from billing.services.offers import (
    ItemDraft,
    Signer,
    close_offer,
    decide_offer,
    draft_offer,
    revise_offer,
    send_offer,
)
from clients.models import Client, Need
from clients.services.needs import neighbours_of, next_need, note_need
from crm.access import Role
from crm.demo.offers import HOURLY, TITLES
from crm.demo.world import World
from crm.models import User
from crm.periods import add_months, month_start

WORDS = {
    "de": ("Server und Rechte stehen.", "Alte Postfächer sind nicht umgezogen.", "Zwei Drucker einrichten"),
    "ru": ("Настройки и права готовы.", "Старые ящики не перенесены.", "Подключить два принтера"),
    "en": ("Server and rights stand.", "Old mailboxes are not moved.", "Set up two printers"),
}
NEEDS = {
    "de": "Ein zweiter Standort mit sicherem Zugang für zehn Leute.",
    "ru": "Вторая площадка с безопасным доступом для десяти человек.",
    "en": "A second site with safe access for ten people.",
}


def make_agreements(world: World) -> None:
    """Every state that a page of an offer or a retainer knows, on the first agreements that fit."""
    at = world.now
    open_offers = _open_offers()
    _check_all(open_offers, at)
    _overruns(open_offers[:6], at)
    _handovers(open_offers[6:9], world)
    for offer in open_offers[9:24:2]:
        close_offer(offer, reason=Offer.CloseReason.DELIVERED, on=world.today - timedelta(days=offer.pk % 200))
    for country in sorted(world.sellers):
        _every_end(world, country)
    _checkpoints(world)
    _changed_contracts(world)


def _every_end(world: World, country: str) -> None:
    """For one company: delivered, handed over, broken off by us, and replaced by a revision that the client reads."""
    rows = Client.objects.in_status("active").filter(country=country).select_related("default_seller")
    clients = list(rows.order_by("-pk")[:4])
    offers = [_accepted(world, clients[place % len(clients)], place) for place in range(4)]
    close_offer(offers[0], reason=Offer.CloseReason.DELIVERED, on=world.today - timedelta(days=3))
    _handovers(offers[1:2], world)
    close_offer(offers[2], reason=Offer.CloseReason.CLOSED_BY_US, on=world.today - timedelta(days=8))
    until, minutes = world.today + timedelta(days=14), offers[3].estimated_minutes * 2
    revised = revise_offer(offers[3], by=_lead(offers[3]), valid_until=until, estimated_minutes=minutes)
    _send(revised, at=world.now - timedelta(days=1))


def _accepted(world: World, client: Client, place: int) -> Offer:
    author = world.people[Role.CONSULTANT][0]
    at = world.now - timedelta(days=27 - place)
    offer = Offer(
        client=client,
        author=author,
        lead=author,
        title=TITLES[client.country][place],
        currency=client.currency,
        hourly_rate=HOURLY[client.country],
        price_includes_tax=True,
        valid_until=world.today + timedelta(days=3),
    )
    draft_offer(offer, items=[ItemDraft(TITLES[client.country][place], 240)])
    sent = _send(offer, at=at)
    signer = Signer(client.name, recorded_by=client.account_manager or author)
    return decide_offer(sent, accepted=True, signer=signer, at=at + timedelta(days=3))


def _send(offer: Offer, *, at: datetime) -> Offer:
    """Sent as if by mail: the demo writes to nobody."""
    sent = send_offer(offer, at=at)
    Offer.objects.filter(pk=sent.pk).update(mailed_at=at)
    return sent


def _open_offers() -> list[Offer]:
    """Accepted offers by time of clients that are served now, those that are used most first."""
    rows = Offer.objects.running().filter(basis=Offer.Basis.ACTUAL, client__status=Client.Status.ACTIVE)
    wanted = rows.with_used_minutes().select_related("client", "seller", "lead", "author", "contact")
    used = [offer for offer in wanted.order_by("pk")[:400] if offer.used_minutes and offer.signed_minutes]
    return sorted(used, key=lambda offer: (-offer.used_minutes / offer.signed_minutes, offer.pk))


def _check_all(offers: list[Offer], at: datetime) -> None:
    """Nearly every sale was checked; one does not fit, one was forgotten."""
    for place, offer in enumerate(offers):
        if place == 3:
            continue
        needs, said_at = NEEDS[offer.client.language], (offer.decided_at or at) + timedelta(hours=2)
        fits = place != 4
        finding = "" if fits else needs
        check_fit(offer, needs=needs, fits=fits, finding=finding, by=_lead(offer), at=said_at)


def _overruns(offers: list[Offer], at: datetime) -> None:
    """Told and agreed, told without an answer, not told yet, and one with a revision that waits as a draft."""
    answers = (OverrunNotice.Decision.CONTINUE, OverrunNotice.Decision.NONE_YET, OverrunNotice.Decision.REVISE)
    for offer, decision in zip(offers, answers, strict=False):
        told = Told(at - timedelta(days=3), "phone", str(offer.contact or offer.client), decision)
        note_overrun(offer, told, by=_lead(offer), at=at - timedelta(days=2))
    for offer in offers:
        forecast_offer(offer, remaining_minutes=offer.signed_minutes // 4, by=_lead(offer), at=at)
    for offer in offers[2:3]:
        until = timezone.localdate(at) + timedelta(days=14)
        revise_offer(offer, by=_lead(offer), valid_until=until, estimated_minutes=offer.signed_minutes * 3 // 2)
    tell_overruns(offers, at=at)


def _handovers(offers: list[Offer], world: World) -> None:
    """Acknowledged, waiting for its acknowledgement, and one half a year old."""
    for place, offer in enumerate(offers):
        days = (20, 2, 180)[place]
        at = world.now - timedelta(days=days)
        done, not_done, rest = WORDS[offer.client.language]
        said = HandedOver(done, not_done, rest, explained_by=_lead(offer), recipient="")
        handover = hand_over(offer, said, by=_lead(offer), on=timezone.localdate(at), at=at)
        signer = Signer(str(offer.contact or offer.client))
        if place != 1:
            acknowledge_handover(handover, signer=signer, at=at + timedelta(hours=5))


def _checkpoints(world: World) -> None:
    """The quarter before is done, the running one is promised; one was forgotten."""
    lay_all_checkpoints(on=add_months(world.today, -3), at=world.now - timedelta(days=92))
    lay_all_checkpoints(on=world.today, at=world.now)
    past = Checkpoint.objects.open().filter(due_on__lt=world.today).select_related("retainer__lead")
    for place, point in enumerate(past.order_by("pk")):
        if place == 1:
            continue
        done_at = datetime.combine(point.due_on, world.now.timetz()) - timedelta(days=1)
        by = point.retainer.lead or User.objects.working().earliest("pk")
        _note_next(point, by, world)
        found, mended = "НДС: две позиции", "Уточнённая декларация"
        finish_checkpoint(point, findings=found, corrections=mended, done_at=done_at, by=by, at=world.now)


def _note_next(point: Checkpoint, by: User, world: World) -> None:
    """No checkpoint closes without the next need."""
    client = point.retainer.client
    line = neighbours_of(client).order_by("pk").first()
    if line and next_need(client, on=world.today) is None:
        due_on = world.today + timedelta(days=60)
        need = Need(client=client, service_line=line, evidence="Спросили на проверке", due_on=due_on)
        note_need(need, by=by, on=world.today)


def _changed_contracts(world: World) -> None:
    """One fee rises with the new quarter, one contract ends early."""
    running = list(Retainer.objects.running(on=world.today).select_related("client").order_by("pk")[:4])
    partner = User.objects.get(username="partner")
    for retainer in running[:1]:
        later = add_months(month_start(world.today), 2)
        fee = (retainer.monthly_fee * Decimal("1.1")).quantize(Decimal(1))
        change_fee(retainer, monthly_fee=fee, valid_from=later, reason="Две новые площадки", by=partner, at=world.now)
    for retainer in running[2:3]:
        give_notice(retainer, given_on=world.today - timedelta(days=5), on=world.today, at=world.now)


def _lead(offer: Offer) -> User:
    return offer.lead or offer.author
