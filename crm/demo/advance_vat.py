"""Advance VAT invoices of the Russian company: older money has them, deducted by its acts; today's waits for one."""

from datetime import timedelta
from decimal import Decimal

from billing.models import HourPackage, Invoice
from billing.services.advance_receipts import awaiting_receipts
from billing.services.advance_vat import issue_advance_vat
from billing.services.hour_acts import awaiting_hour_acts, make_hour_act
from billing.services.issuing import issue_invoice, prepare_draft
from billing.services.packages import sell_package
from billing.services.payments import Receipt, book_payment
from clients.models import Client
from crm.access import Role
from crm.demo.world import World

KEPT_DAYS = 200  # what came in earlier was kept in another program
CONFIRMED = 3  # of the packages that wait for an act, this many get one
SOLD_MINUTES, PRICE = 600, Decimal(73200)


def make_advance_vat(world: World) -> None:
    """Through the services that people use, in the order of the days of the money."""
    seller, finance = world.sellers["RU"], world.people[Role.FINANCE][0]
    seller.advance_vat_since_on = world.today - timedelta(days=KEPT_DAYS)
    seller.save(update_fields=["advance_vat_since_on"])
    for place, row in enumerate(awaiting_receipts(Invoice.objects.all(), until=world.today), start=1):
        day = min(row.received_on + timedelta(days=2), world.today)
        number = row.payment_number or str(400 + place)
        issue_advance_vat(row.payment, row.invoice, issued_on=day, payment_number=number, by=finance, at=world.now)
    waiting = awaiting_hour_acts(HourPackage.objects.all(), on=world.today)
    for package in list(waiting.filter(invoice_line__invoice__advance_vat__isnull=False).distinct()[:CONFIRMED]):
        make_hour_act(package, acted_on=world.today, by=finance, at=world.now)
    _sell_and_pay(world)


def _sell_and_pay(world: World) -> None:
    """Hours that were sold and paid today."""
    seller, finance = world.sellers["RU"], world.people[Role.FINANCE][0]
    client = Client.objects.filter(default_seller=seller, country="RU").earliest("pk")
    package = HourPackage(
        client=client,
        seller=seller,
        name="Сопровождение",
        purchased_minutes=SOLD_MINUTES,
        price=PRICE,
        currency=seller.currency,
        price_includes_tax=True,
        valid_from=world.today,
    )
    line = sell_package(package, by=finance, on=world.today, at=world.now).invoice_line
    if line is None:
        return
    prepare_draft(line.invoice, at=world.now)
    bill = issue_invoice(line.invoice, issued_on=world.today, by=finance, at=world.now)
    money = Receipt(
        client=client,
        seller=seller,
        amount=bill.gross_amount,
        currency=bill.currency,
        received_on=world.today,
        reference="Оплата по счёту, платёжное поручение 518",
    )
    book_payment(money, settles={bill: bill.gross_amount}, by=finance, at=world.now)
