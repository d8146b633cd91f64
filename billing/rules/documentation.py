"""How much is written down: a small offer is documented in outline, in half a minute (an own rule)."""

from collections.abc import Mapping
from decimal import Decimal

from crm.money import quantise

# Gross amounts up to which one sentence is enough [O].
OUTLINE_LIMITS: Mapping[str, Decimal] = {"EUR": Decimal(600), "RUB": Decimal(50_000)}


def is_outline(gross: Decimal, currency: str, *, limit: Decimal | None = None) -> bool:
    """Whether an offer of this gross amount is documented in outline; in other currencies never by default."""
    most = OUTLINE_LIMITS.get(currency) if limit is None else limit
    return most is not None and quantise(gross, currency) <= most
