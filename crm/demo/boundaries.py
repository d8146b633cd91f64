"""What the demo's clients ask for beyond the contract: most now and then, some so often that it wants a boundary."""

from datetime import timedelta

from clients.models import CarePolicy, Client, ScopeRequest
from clients.services.boundaries import save_request
from crm.access import Role
from crm.demo.world import World
from crm.models import User

FIRST = 60
Answer = ScopeRequest.Answer
ASKED = {
    "de": (
        ("Können Sie nebenbei die neuen Drucker einrichten?", Answer.GOODWILL, "Eine halbe Stunde, einmalig", 30),
        ("Ein Blick auf den Mietvertrag der Filiale", Answer.OFFERED, "Eigene Leistung, Angebot folgt", 240),
        ("Schulung für zwei neue Kolleginnen", Answer.PLANNED_EXTRA, "Als Geschenk zum Jahrestag geplant", 90),
        ("Rufbereitschaft am Wochenende", Answer.REFUSED, "Dafür haben wir niemanden", 480),
        ("Zusätzlicher Bericht für die Bank", "", "", 120),
    ),
    "ru": (
        ("Посмотрите заодно договор аренды склада", Answer.GOODWILL, "Один раз, полчаса", 30),
        ("Проверить отчёт дочерней компании", Answer.OFFERED, "Отдельная услуга, готовим предложение", 300),
        ("Провести семинар для бухгалтерии", Answer.PLANNED_EXTRA, "Подарок к годовщине договора", 120),
        ("Дежурить по выходным", Answer.REFUSED, "Для этого у нас никого нет", 480),
        ("Ещё один отчёт для банка", "", "", 90),
    ),
}
HELD = {"de": "Abstimmung der Quartalszahlen", "ru": "Сверка за квартал"}


def make_boundaries(world: World) -> None:
    """Every eighth of the clients that a visitor opens first asks too often; every fifth asked for what is agreed."""
    CarePolicy.load()
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for number, client in enumerate(rows.order_by("pk")[:FIRST]):
        by = client.account_manager or world.people[Role.PARTNER][0]
        for step in range(_often(number)):
            _ask(world, client, by, number + step, days=9 + 17 * step + number % 7)
        if number % 5 == 2:
            _agreed(world, client, by)


def _often(number: int) -> int:
    return 6 if number % 8 == 0 else number % 3


def _ask(world: World, client: Client, by: User, number: int, *, days: int) -> None:
    asked = ASKED.get(client.language, ASKED["de"])
    what, answer, reason, minutes = asked[number % 3 * 2 % len(asked) if number % 2 else number % len(asked)]
    row = ScopeRequest(
        client=client,
        contact=client.contacts.first(),
        asked_on=world.today - timedelta(days=days),
        what=what,
        estimated_minutes=minutes,
        answer=answer,
        reason=reason,
    )
    save_request(row, by=by, at=world.now)


def _agreed(world: World, client: Client, by: User) -> None:
    what = HELD.get(client.language, HELD["de"])
    on = world.today - timedelta(days=40)
    save_request(ScopeRequest(client=client, asked_on=on, what=what, in_contract=True), by=by, at=world.now)
