"""Money that went out because a payment came back to its payer, told by the bank's mark or by its words. Pure."""

import re
from datetime import date

from billing.rules.bank.references import is_short, named_numbers, plain_number, rf_bodies, russian_numbers
from billing.rules.bank.statement import Line

# CAMT and MT940 mark a return; 1C and CSV have words alone. “Rückzahlung” is ours: credit that we pay back.
WORDS = re.compile(
    r"r[üu]e?ck(?:lastschrift|gabe|buchung|l[äa]e?ufer|[üu]e?berweisung|ruf)|retoure|nicht ausgef[üu]e?hrt"
    r"|\breturn(?:ed)?\b|charge-?back|\bR-Transaktion|возврат|возвращен",
    re.IGNORECASE,
)


def is_return(line: Line) -> bool:
    """Whether money went out because a payment came back; what the bank marks needs no words."""
    return line.is_reversal or (not line.is_credit and WORDS.search(f"{line.purpose} {line.reference}") is not None)


def names_document(text: str, *, number: str, issued_on: date | None) -> bool:
    """Whether a text names a document as payments do: by its reference, its number, or a short number with its day."""
    plain = plain_number(number)
    if plain in rf_bodies(text) or (plain in named_numbers(text) and not is_short(plain)):
        return True
    return any(said == (plain, issued_on) for said in russian_numbers(text))
