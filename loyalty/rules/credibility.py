"""A small client's own rate is mostly chance: it counts by its credibility, the firm's fills the rest."""

DEFAULT_WEIGHT = 6
"""Number of own observations at which own and firm's rate count alike [our choice, six invoices]."""


def credibility(observations: int, *, weight: float = DEFAULT_WEIGHT) -> float:
    """Z = n / (n + k) of Buhlmann's linear credibility, from 0 (nothing known) towards 1.

    ValueError if the count is negative or the weight is not positive.
    """
    if observations < 0 or weight <= 0:
        raise ValueError("credibility needs a count from 0 up and a positive weight")
    return observations / (observations + weight)


def credible(
    own: float | None, *, observations: int, firm: float | None, weight: float = DEFAULT_WEIGHT
) -> float | None:
    """Z x own + (1 - Z) x firm, e.g. a margin rate shrunk to the firm's.

    Without an own rate the firm's stands, without the firm's the own one, without both there is none.
    """
    if own is None or firm is None:
        return firm if own is None else own
    z = credibility(observations, weight=weight)
    return z * own + (1 - z) * firm
