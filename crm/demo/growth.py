"""What comes next for the demo's clients: needs with their evidence, noted, mentioned, proposed, won or not wanted."""

from datetime import timedelta
from decimal import Decimal

from clients.models import Client, Need, ServiceLine
from clients.services.needs import move_need, note_need
from crm.access import Role
from crm.demo.world import Made, World
from crm.models import User

FIRST = 40
STATES = (
    (Need.Status.OPEN, ""),
    (Need.Status.MENTIONED, ""),
    (Need.Status.PROPOSED, ""),
    (Need.Status.OPEN, ""),
    (Need.Status.DROPPED, "Has somebody in the house for it"),
)
EVIDENCE = {
    "de": (
        "Die Leitung sprach beim letzten Termin davon",
        "Der Vertrag mit dem bisherigen Anbieter endet",
        "Neue Niederlassung ab Frühjahr",
        "Der Prüfer hat es bemängelt",
    ),
    "ru": (
        "Директор говорил об этом на последней встрече",
        "Заканчивается договор с прежним поставщиком",
        "Весной открывается филиал",
        "Замечание аудитора",
    ),
}


def make_growth(world: World) -> None:
    """For the clients that a visitor opens first: one need each, of a service that they never used."""
    made = {each.id: each for each in world.clients}
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for number, client in enumerate(rows.order_by("pk")[:FIRST]):
        by = client.account_manager or world.people[Role.PARTNER][0]
        if line := _line(world, made[client.pk], number):
            _note(world, client, line, by, number)


def _line(world: World, made: Made, number: int) -> ServiceLine | None:
    free = [line for code, line in sorted(world.lines.items()) if line.pk not in made.lines]
    return free[number % len(free)] if free else None


def _note(world: World, client: Client, line: ServiceLine, by: User, number: int) -> None:
    texts = EVIDENCE.get(client.language, EVIDENCE["de"])
    need = Need(
        client=client,
        service_line=line,
        contact=client.contacts.first(),
        evidence=texts[number % len(texts)],
        due_on=world.today + timedelta(days=20 + 13 * (number % 12)),
        value=Decimal(4000 + 1500 * (number % 7)) * (90 if client.currency == "RUB" else 1),
        currency=client.currency,
    )
    noted = note_need(need, by=by, on=world.today - timedelta(days=30))
    state, reason = STATES[number % len(STATES)]
    if state != Need.Status.OPEN:
        move_need(noted, to=state, on=world.today - timedelta(days=10), reason=reason)
