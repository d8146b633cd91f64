"""The table that `make bench` prints: medians, ranges and ratios, beside the target that each is held to."""

from dataclasses import dataclass, field

from tests.bench.measure import Figures, median

HEAD = ("what", "ms p50", "p95", "range", "CPU ms", "PG ms", "stmts", "MB", "per s", "ratio", "target")


@dataclass(slots=True)
class Report:
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, name: str, product: Figures, floor: Figures, *, by: str, target: str, against: str = "floor") -> None:
        """`by` names what the ratio is of: `cpu` or `p95` (lower is better), or `rate` (higher is better)."""
        ours, theirs = median(getattr(product, by)), median(getattr(floor, by))
        self.rows.append(_row(name, product, f"{ours / theirs:.2f} {by}", target))
        self.rows.append(_row(f"  {against}", floor, "", ""))

    def print(self) -> None:
        widths = [max(len(row[i]) for row in [HEAD, *self.rows]) for i in range(len(HEAD))]
        for row in [HEAD, *self.rows]:
            first, *rest = (cell for cell in row)
            print(first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)))


def _row(name: str, figures: Figures, ratio: str, target: str) -> tuple[str, ...]:
    return (
        name,
        f"{median(figures.wall):.1f}",
        f"{median(figures.p95):.1f}" if figures.p95 else "",
        f"{min(figures.wall):.1f}-{max(figures.wall):.1f}",
        f"{median(figures.cpu):.1f}",
        f"{median(figures.postgres):.1f}",
        str(figures.statements),
        f"{figures.memory:.0f}" if figures.memory else "",
        f"{median(figures.rate):.0f}",
        ratio,
        target,
    )
