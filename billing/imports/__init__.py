"""What billing takes from files: opening balances of hour packages, and time from other programs."""

from billing.imports.balances import BALANCES
from billing.imports.time import TIME

__all__ = ["BALANCES", "TIME"]
