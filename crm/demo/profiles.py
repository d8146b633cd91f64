"""What the demo's firm knows of its clients' business; one profile in five is out of date, as in life."""

from datetime import timedelta

from clients.models import BusinessProfile, Client, CompetitorSeen
from clients.reports.quality import may_mend, twins_in
from clients.services.distinct import tell_apart
from clients.services.profiles import note_competitor, save_profile, stale_after
from crm.access import Role
from crm.demo.world import World

FIRST, STALE_EVERY, SEEN_EVERY = 14, 5, 3
KNOWN = {
    "de": {
        "goals": "Bis 2028 zwei neue Standorte; die IT soll das ohne eigene Abteilung tragen.",
        "priorities": "Erst Verlässlichkeit, dann Kosten. Kein Ausfall am Monatsende.",
        "constraints": "Jahresbudget steht im Oktober fest; Änderungen nur außerhalb der Saison.",
        "decides": "Der kaufmännische Leiter schlägt vor, die Inhaberin entscheidet nach einem Gespräch.",
        "why_us": "Wir waren 2021 an einem Sonntag da, als niemand sonst ans Telefon ging.",
    },
    "ru": {
        "goals": "За два года открыть филиал в Казани и пройти аудит без замечаний.",
        "priorities": "Сроки важнее цены; отчётность без исправлений.",
        "constraints": "Бюджет утверждают в декабре; сотрудников почти нет.",
        "decides": "Финансовый директор готовит, генеральный подписывает.",
        "why_us": "Нас посоветовал их прежний главный бухгалтер.",
    },
}
RIVALS = (
    ("Nordlicht IT", "hosts their mail"),
    ("Kanzlei Brandt", "was asked about the merger"),
    ("АудитПлюс", "спрашивали цену"),
)


def tell_clients_apart(world: World) -> None:
    """One pair that looks like one client; where none does, two that a visitor knows."""
    partner = world.people[Role.PARTNER][0]
    clients = list(Client.objects.current().order_by("pk")[:2])
    for found in twins_in(may_mend(partner).with_shown_figures(partner), partner)[:1]:
        clients = [found.client, *([found.other] if found.other else [])]
    if len(clients) == 2:
        tell_apart(clients[0], clients[1], by=partner)


def make_profiles(world: World) -> None:
    rows = Client.objects.in_status("active").exclude(account_manager=None).select_related("account_manager")
    for number, client in enumerate(rows.order_by("pk")[:FIRST]):
        by = client.account_manager
        if by is None:
            continue
        on = world.today - timedelta(days=(230 if number % STALE_EVERY == STALE_EVERY - 1 else 20) + 3 * number)
        words = KNOWN["ru" if client.country == "RU" else "de"]
        profile = BusinessProfile(client=client, reviewed_on=on, stale_on=stale_after(on), **words)
        save_profile(profile, by=by, at=world.now)
        if number % SEEN_EVERY == 0:
            name, note = RIVALS[number // SEEN_EVERY % len(RIVALS)]
            note_competitor(CompetitorSeen(client=client, name=name, note=note, seen_on=on), by=by, at=world.now)
