"""What may not be paid: provision by age, loss if debtors fail, and the part a lender would not count."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from crm.money import quantise


def provision(amounts: Mapping[str, Decimal], rates: Mapping[str, Decimal]) -> Decimal:
    """Provision matrix of IFRS 9 B5.5.35: sum over age bands of amount x rate, rounded once.

    KeyError for a band without a rate; negative amounts (credits) lower it.
    """
    return quantise(sum((amount * rates[band] for band, amount in amounts.items()), Decimal(0)))


@dataclass(frozen=True, slots=True)
class DefaultRisk:
    """Loss from debtors who fail independently: mean and standard deviation, and the largest one's loss."""

    expected_loss: Decimal
    sd: Decimal
    largest_loss: Decimal


def default_risk(
    amounts: Sequence[Decimal], probabilities: Sequence[float], *, loss_given_default: Decimal
) -> DefaultRisk | None:
    """Expected loss and spread of receivables, in their currency and rounded; None without a receivable.

    Only positive amounts are at risk. ValueError if the lists differ in length.
    """
    at_risk = [(x, p) for x, p in zip(amounts, probabilities, strict=True) if x > 0]
    if not at_risk:
        return None
    variance = math.fsum(float(x) ** 2 * p * (1 - p) for x, p in at_risk)
    expected = sum((x * Decimal(str(p)) for x, p in at_risk), Decimal(0))
    return DefaultRisk(
        expected_loss=quantise(loss_given_default * expected),
        sd=quantise(loss_given_default * Decimal(repr(math.sqrt(variance)))),
        largest_loss=quantise(loss_given_default * max(x for x, _ in at_risk)),
    )


class Eligible(NamedTuple):
    """A pool of receivables under a concentration cap: the cap per debtor, what exceeds it, what counts."""

    cap: Decimal
    excess: Decimal
    eligible: Decimal


def capped_pool(amounts: Sequence[Decimal], share: Decimal) -> Eligible:
    """What an asset-based lender counts if one debtor may stand for at most `share` of the pool."""
    positive = [amount for amount in amounts if amount > 0]
    total = sum(positive, Decimal(0))
    cap = quantise(share * total)
    excess = sum((max(amount - cap, Decimal(0)) for amount in positive), Decimal(0))
    return Eligible(cap, excess, total - excess)
