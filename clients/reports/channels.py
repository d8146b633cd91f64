"""Who of us is known how widely: of the clients that somebody ever worked for, how many hold which channel."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clients.models import Client, ClientMember, DirectChannelGrant
from clients.models.client import holder_of
from crm.access import Role
from crm.models import User

type Pairs = Mapping[int, set[int]]


@dataclass(frozen=True, slots=True)
class Reach:
    """`known` are clients by channel: 30 of 500 know my mail."""

    employee: User
    clients: int
    known: Mapping[str, int]
    to_review: int

    @property
    def shares(self) -> Sequence[tuple[str, int]]:
        """Channels in their order, each with how many clients hold it."""
        return [(str(channel.label), self.known.get(channel, 0)) for channel in DirectChannelGrant.Channel]


def reach(user: User) -> list[Reach]:
    """A partner sees everybody who gave a channel away, others themselves; four statements, however many they are."""
    rows = DirectChannelGrant.objects.current()
    if not user.is_in(Role.PARTNER):
        rows = rows.filter(employee=user)
    known: dict[tuple[int, str], set[int]] = defaultdict(set)
    asked: dict[int, int] = defaultdict(int)
    for employee, channel, client, since in rows.values_list("employee", "channel", holder_of(), "review_since_on"):
        known[employee, channel].add(client)
        asked[employee] += since is not None
    people = User.objects.in_bulk({employee for employee, _channel in known})
    served = _served(set(people))
    found = [_reach(person, served, known, asked[pk]) for pk, person in people.items()]
    return sorted(found, key=lambda row: (-max(row.known.values()), str(row.employee)))


def _reach(person: User, served: Pairs, known: Mapping[tuple[int, str], set[int]], asked: int) -> Reach:
    """Who holds a channel counts among the clients, whether somebody was put on their work or not."""
    own = {channel: known[person.pk, channel] for employee, channel in known if employee == person.pk}
    everybody = served.get(person.pk, set()).union(*own.values())
    return Reach(person, len(everybody), {channel: len(clients) for channel, clients in own.items()}, asked)


def _served(people: set[int]) -> Pairs:
    """Clients that each of these people ever worked for, or keeps."""
    pairs: dict[int, set[int]] = defaultdict(set)
    worked = ClientMember.objects.filter(user__in=people).order_by().values_list("user", holder_of())
    kept = Client.objects.current().filter(account_manager__in=people).order_by().values_list("account_manager", "pk")
    for person, client in [*worked, *kept]:
        pairs[person or 0].add(client)
    return pairs
