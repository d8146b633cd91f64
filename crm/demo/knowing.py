"""Loyalty tests of the demo: some complete, some with blanks, of this quarter and the one before."""

from datetime import date, timedelta

from clients.models import Client
from crm.access import Role
from crm.demo.world import World
from crm.models import User
from crm.periods import quarter_start
from loyalty.models import LoyaltyAnswer
from loyalty.services.loyalty_tests import Said, hold_test

SAID = {
    "de": ("Die Leitung liest den Monatsbericht, der Einkauf sieht nur Rechnungen.", "Gespräch beim letzten Termin"),
    "ru": ("Руководство читает месячный отчёт, бухгалтерия видит только счета.", "Разговор на последней встрече"),
    "en": ("Management reads the monthly report, accounting sees invoices only.", "Talk at the last meeting"),
}
HELD = (6, 4, 2)


def hold_tests(world: World) -> None:
    """The first clients of the tested tiers; the others wait for their test."""
    rows = Client.objects.in_status("active").filter(tier__in=["vip", "a"]).exclude(account_manager=None)
    for client, count in zip(rows.select_related("account_manager").order_by("pk"), HELD, strict=False):
        by = client.account_manager or world.people[Role.PARTNER][0]
        before = quarter_start(world.today) - timedelta(days=20)
        _hold(world, client, len(LoyaltyAnswer.Ask.values), by=by, on=before)
        _hold(world, client, count, by=by, on=world.today)


def _hold(world: World, client: Client, count: int, *, by: User, on: date) -> None:
    said = Said(*SAID.get(client.language, SAID["en"]))
    answers = dict.fromkeys(LoyaltyAnswer.Ask.values[:count], said)
    at = world.now - (world.today - on)
    hold_test(client, answers=answers, by=by, on=on, at=at)
