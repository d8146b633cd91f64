"""What finance has at hand in the demo: a catalogue, a discount, reminders that were sent, and one dispute."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from billing.models import Discount, DunningNotice, Invoice, Product
from billing.models.invoices import InvoiceQuery
from billing.services.discounts import ask_for_discount
from billing.services.dunning import claims_of, send_reminders, stop_dunning
from clients.models import Client
from crm.access import Role
from crm.demo.world import World

ITEMS: Sequence[dict[str, str]] = (
    {
        "code": "backup-licence",
        "kind": "licence",
        "name": "Backup licence",
        "name_de": "Sicherungslizenz",
        "name_ru": "Лицензия резервного копирования",
        "unit": "MON",
        "unit_price": "11.90",
        "cost": "6.40",
        "currency": "EUR",
    },
    {
        "code": "travel-day",
        "kind": "expense",
        "name": "Travel, a day on site",
        "name_de": "Anfahrt, ein Tag vor Ort",
        "name_ru": "Выезд, день на месте",
        "unit": "DAY",
        "unit_price": "95.20",
        "cost": "60.00",
        "currency": "EUR",
    },
    {
        "code": "audit-report",
        "kind": "fixed",
        "name": "Audit report, printed copy",
        "name_de": "Prüfbericht, gedruckt",
        "name_ru": "Аудиторский отчёт, печатный экземпляр",
        "unit": "C62",
        "unit_price": "12200.00",
        "cost": "3000.00",
        "currency": "RUB",
    },
)
REMINDED = 4


def make_chasing(world: World) -> None:
    """After the books are written: everything here goes through the services that people use."""
    Product.objects.bulk_create(Product(price_includes_tax=True, **item) for item in ITEMS)
    _grant_discount(world)
    _remind(world)


def _grant_discount(world: World) -> None:
    client = Client.objects.filter(tier="vip").order_by("pk").first()
    if client is not None:
        discount = Discount(
            client=client,
            percent=Decimal(5),
            valid_from=world.today.replace(day=1),
            reason="Frame contract for the year",
        )
        ask_for_discount(discount, by=world.people[Role.ACCOUNT_MANAGER][0], at=world.now)


def _remind(world: World) -> None:
    """The oldest debts were reminded of a fortnight ago and have not been paid; the next one is disputed."""
    finance, on = world.people[Role.FINANCE][0], world.today - timedelta(days=14)
    claims = [claim for claim in claims_of(_oldest(world), on=on) if claim.level]
    if not claims:
        return
    disputed = claims.pop()
    if claims:
        send_reminders([claim.invoice for claim in claims], on=on, by=finance, at=world.now)
        DunningNotice.objects.update(mailed_at=world.now - timedelta(days=14))
    stop_dunning(disputed.invoice, reason="The hours of the last week are contested", on=on, by=finance)


def _oldest(world: World) -> InvoiceQuery:
    overdue = Invoice.objects.overdue(on=world.today - timedelta(days=14)).order_by("-due_on", "pk")
    return Invoice.objects.filter(pk__in=list(overdue.values_list("pk", flat=True)[: REMINDED + 1]))
