"""How the firm treats its clients: calls, promises kept and broken, offers over and under, surveys answered."""

from datetime import datetime, timedelta
from typing import Any

from clients.models import Client, Interaction, Promise, PromiseDate
from crm.demo.names import CALLS, PROMISES
from crm.demo.world import Made, World

CADENCE = {"vip": 6, "a": 12, "b": 26, "c": 80}


def make_attention(world: World) -> None:
    for made in world.clients:
        _calls(world, made)
        if made.status == Client.Status.ACTIVE:
            _promises(world, made)
    for country in world.sellers:
        _every_outcome(world, [made for made in world.clients if made.country == country and made.left_on is None])


def _calls(world: World, made: Made) -> None:
    """Calls at the tier's rhythm over a year; one client in six was forgotten lately."""
    silence = world.random.randint(40, 120) if world.chance(0.16) else 0
    until = world.now - timedelta(days=silence)
    if made.left_on:
        until -= timedelta(days=(world.today - made.left_on).days)
    at = max(world.now - timedelta(days=365), _moment(world, (world.today - made.joined_on).days))
    while at < until:
        _call(world, made, at)
        at += timedelta(days=world.random.randint(1, CADENCE[made.tier]) + CADENCE[made.tier] // 3, hours=1)


def _call(world: World, made: Made, at: datetime) -> None:
    random, manager = world.random, made.manager
    kind = random.choice(("call", "call", "call", "meeting", "email", "message"))
    direction = random.choice(("in", "out", "both"))
    interaction = world.table(Interaction).add(
        client_id=made.id,
        kind=kind,
        direction=direction if kind in ("email", "message") else "both",
        initiated_by=random.choice(("client", "us")),
        occurred_at=at,
        minutes=random.choice((5, 10, 15, 30, 45)),
        summary=random.choice(CALLS),
        sentiment=random.choice((-1, 0, 0, 1, 1, 2)),
        logged_by_id=manager,
    )
    contact = random.choice(made.contacts)
    world.table(_through("contacts")).add(interaction_id=interaction, contact_id=contact)
    who = manager if world.chance(0.7) else random.choice(made.team)
    world.table(_through("employees")).add(interaction_id=interaction, user_id=who)


def _through(name: str) -> Any:
    return getattr(Interaction, name).through


def _promises(world: World, made: Made) -> None:
    for _each in range(2 + int(min(made.weight, 6) * 2)):
        _old_promise(world, made)
    if world.chance(0.35):
        _open_promise(world, made)


def _old_promise(world: World, made: Made) -> None:
    """Nine in ten kept; the others warned in time, late without a word, or broken twice."""
    due = _moment(world, world.random.randint(5, 340))
    dice = world.random.random()
    if dice < 0.86:
        _promise(world, made, due, kept_at=due - timedelta(days=world.random.randint(0, 5)))
    elif dice < 0.92:
        _moved(world, made, due, kept_after=5)
    elif dice < 0.97:
        _promise(world, made, due, kept_at=due + timedelta(days=world.random.randint(1, 9)))
    else:
        _moved(world, made, due, kept_after=14)


def _every_outcome(world: World, served: list[Made]) -> None:
    """One promise of each fate among the clients of one company, whatever the dice said."""

    def client(place: int) -> Made:
        return served[place % len(served)]

    last, next_week = _moment(world, 30), _moment(world, -7)
    _promise(world, client(0), last, kept_at=last - timedelta(days=1))
    _moved(world, client(1), last, kept_after=5)
    _moved(world, client(2), last, kept_after=14)
    _promise(world, client(3), last, kept_at=last + timedelta(days=3))
    _promise(world, client(4), _moment(world, 4))
    _promise(world, client(5), next_week)
    _moved(world, client(6), next_week - timedelta(days=6))
    _promise(world, client(7), last, withdrawn_at=last - timedelta(days=2))


def _moved(world: World, made: Made, first: datetime, *, kept_after: int | None = None) -> None:
    """Warned in time and given a second date, six days on; kept so many days after the first one, or still open."""
    kept_at = None if kept_after is None else first + timedelta(days=kept_after)
    promise = _promise(world, made, first, kept_at=kept_at, moved_to=first + timedelta(days=6))
    _second_date(world, made, promise, first, days=6)


def _open_promise(world: World, made: Made) -> None:
    """Due between three days ago and next week; one in five already has its second date."""
    due = _moment(world, -world.random.randint(-3, 8))
    if world.chance(0.2):
        first = due - timedelta(days=8)
        promise = _promise(world, made, first, moved_to=due)
        _second_date(world, made, promise, first, days=8)
    else:
        _promise(world, made, due)


def _promise(
    world: World,
    made: Made,
    due: datetime,
    *,
    kept_at: datetime | None = None,
    moved_to: datetime | None = None,
    withdrawn_at: datetime | None = None,
) -> int:
    maker = made.manager if world.chance(0.6) else world.random.choice(made.team)
    return world.table(Promise).add(
        client_id=made.id,
        contact_id=world.random.choice(made.contacts),
        text=world.random.choice(PROMISES[made.country]),
        due_at=due,
        current_due_at=moved_to or due,
        made_by_id=maker,
        made_at=due - timedelta(days=world.random.randint(6, 20)),
        source=world.random.choice(("call", "meeting", "mail", "project")),
        kept_at=kept_at,
        withdrawn_at=withdrawn_at,
    )


def _second_date(world: World, made: Made, promise: int, first: datetime, *, days: int) -> None:
    warned = first - timedelta(days=2)
    world.table(PromiseDate).add(
        promise_id=promise,
        position=2,
        due_at=first + timedelta(days=days),
        reason="Waiting for a document.",
        client_informed_at=warned,
        client_agreed_at=warned,
        made_by_id=made.manager,
        made_at=warned,
    )


def _moment(world: World, days_ago: int) -> datetime:
    """The end of a working day so many days ago (or ahead, if negative)."""
    at = world.now - timedelta(days=days_ago)
    at -= timedelta(days=max(0, at.weekday() - 4))
    return at.replace(hour=17, minute=0, second=0, microsecond=0)
