"""What comes next for the demo's clients: needs with their evidence; what we did unasked, and who speaks for us."""

from datetime import timedelta
from decimal import Decimal

from clients.models import Advocacy, Client, Need, ProactiveAct, ServiceLine
from clients.services.growth import save_advocacy, save_proactive
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
ACTS = (
    (ProactiveAct.Kind.PREVENT, "The disk of the mail server was nearly full on a Friday", "No outage at month-end"),
    (ProactiveAct.Kind.MAINTAIN, "Certificates renewed three weeks before they ended", "Nobody noticed it"),
    (ProactiveAct.Kind.PROPOSE_SAVING, "Two licences that nobody has used for a year", "Cancelled at the next date"),
)
TALKS = (
    (Advocacy.Kind.STORY, "A move of forty workplaces in one weekend"),
    (Advocacy.Kind.INTERVIEW, "What an audit changes in daily work"),
    (Advocacy.Kind.TALK, "Working with consultants, seen from the other side"),
)


def make_growth(world: World) -> None:
    """For the clients that a visitor opens first: one need each, of a service that they never used."""
    made = {each.id: each for each in world.clients}
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for number, client in enumerate(rows.order_by("pk")[:FIRST]):
        by = client.account_manager or world.people[Role.PARTNER][0]
        if line := _line(world, made[client.pk], number):
            _note(world, client, line, by, number)
        if number % 3 == 0:
            _act(world, client, by, number)
        if number % 7 == 0:
            _ask(world, client, by, number)


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


def _act(world: World, client: Client, by: User, number: int) -> None:
    """Two of three are known to the client; of those some are told as a story."""
    kind, evidence, result = ACTS[number // 3 % len(ACTS)]
    told = number % 9 != 3
    act = ProactiveAct(
        client=client,
        contact=client.contacts.first(),
        kind=kind,
        acted_on=world.today - timedelta(days=5 + number),
        evidence=evidence,
        result=result,
        saved=Decimal(300 + 20 * number) * (90 if client.currency == "RUB" else 1),
        currency=client.currency,
        client_told_at=world.now - timedelta(days=4 + number) if told else None,
        use=ProactiveAct.Use.STORY if told and number % 2 == 0 else "",
    )
    save_proactive(act, by=by, at=world.now)


def _ask(world: World, client: Client, by: User, number: int) -> None:
    kind, title = TALKS[number // 7 % len(TALKS)]
    on = world.today - timedelta(days=60 + number)
    row = Advocacy(client=client, contact=client.contacts.first(), kind=kind, title=title, asked_on=on)
    if number % 2 == 0:
        row.status, row.consent_on = Advocacy.Status.AGREED, on + timedelta(days=6)
        row.consent_evidence = "E-mail to the account manager"
    save_advocacy(row, by=by, at=world.now)
