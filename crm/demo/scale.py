"""How large a demo firm is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`entries` is a target that the generator meets within a few per cent."""

    clients: int
    entries: int
    people: int
    months: int = 36

    @property
    def own_share(self) -> float:
        """Share of clients that belong to the demo's own manager and consultant: full pages, yet one person's work."""
        return min(0.4, 20 / self.clients)


SCALES = {
    "small": Scale(clients=48, entries=6_000, people=14),
    "medium": Scale(clients=500, entries=100_000, people=40),
    "large": Scale(clients=5_000, entries=1_000_000, people=260),
}
