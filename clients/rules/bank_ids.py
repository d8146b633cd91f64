"""Bank identifiers: IBAN and BIC by ISO 13616 and 9362, Russian accounts by the control key of the Bank of Russia."""

import re

from stdnum import bic, iban
from stdnum.exceptions import ValidationError as Wrong

# "Order of calculating the control key", Bank of Russia, No. 515 of 8 September 1997.
WEIGHTS = (7, 1, 3)


def is_iban(value: str) -> bool:
    try:
        iban.validate(value)
    except Wrong:
        return False
    return True


def is_bic(value: str) -> bool:
    try:
        bic.validate(value)
    except Wrong:
        return False
    return True


def is_bik(value: str) -> bool:
    """Nine digits; 04 is the code of Russia."""
    return re.fullmatch(r"04\d{7}", value) is not None


def is_russian_account(account: str, *, bik: str) -> bool:
    """Whether the twenty digits carry the key that the bank's BIK demands.

    An account at a bank is checked with the BIK's last three digits; one at the Bank of Russia itself (they end
    in 000 to 002, or the account starts with 301) with "0" and digits five and six.
    """
    if not (re.fullmatch(r"\d{20}", account) and is_bik(bik)):
        return False
    central = account.startswith("301") or bik[-3:] in ("000", "001", "002")
    prefix = f"0{bik[4:6]}" if central else bik[-3:]
    total = sum(int(digit) * WEIGHTS[at % 3] for at, digit in enumerate(prefix + account))
    return total % 10 == 0
