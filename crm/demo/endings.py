"""Invoices of the demo that were never paid: some taken back by a credit note, some given up.

Made by the services that people use, so that work comes back to be invoiced and a second person approves.
"""

from collections.abc import Iterable
from datetime import timedelta

from billing.models import Invoice
from billing.services.credits import CreditKind, credit_invoice
from billing.services.write_offs import approve_write_off, request_write_off
from crm.access import Role
from crm.demo.fates import Ended, Fate
from crm.demo.world import World

WRONG = {"de": "Falscher Empfänger, neu gestellt", "ru": "Неверный получатель, выставлен заново"}
LOST = {"de": "Vergleich über strittige Stunden", "ru": "Мировое соглашение по спорным часам"}
ASKED_AGO, GIVEN_UP_AGO = timedelta(days=6), timedelta(days=4)


def end_invoices(world: World, ended: Ended) -> None:
    _credit(world, _invoices(ended.get(Fate.CREDITED, [])))
    _write_off(world, _invoices(ended.get(Fate.WRITTEN_OFF, [])))


def _invoices(ids: Iterable[int]) -> list[Invoice]:
    return list(Invoice.objects.filter(pk__in=ids).select_related("client", "seller").order_by("due_on", "pk"))


def _credit(world: World, invoices: Iterable[Invoice]) -> None:
    """On the day on which each fell due, which is the order of their numbers."""
    finance = world.people[Role.FINANCE][0]
    for invoice in invoices:
        credit_invoice(
            invoice,
            kind=CreditKind.FULL,
            reason=WRONG.get(invoice.language, WRONG["de"]),
            issued_on=invoice.due_on or world.today,
            by=finance,
            at=world.now,
        )


def _write_off(world: World, invoices: Iterable[Invoice]) -> None:
    finance, partner = world.people[Role.FINANCE][0], world.people[Role.PARTNER][0]
    for invoice in invoices:
        why = LOST.get(invoice.language, LOST["de"])
        asked = request_write_off(invoice, reason=why, by=finance, at=world.now - ASKED_AGO)
        at = world.now - GIVEN_UP_AGO
        approve_write_off(asked, on=at.date(), by=partner, at=at)
