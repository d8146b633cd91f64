"""What a banking app reads from an invoice: EPC069-12 for SEPA transfers, ST00012 (GOST R 56042-2014) for Russia."""

from collections.abc import Mapping
from decimal import Decimal

from crm.money import to_minor

EPC_MOST = Decimal("999999999.99")
EPC_NAME, EPC_TEXT = 70, 140
ST_LONGEST = {"Name": 160, "BankName": 45, "Purpose": 210}
NO_ACCOUNT = "0"


def epc_payload(*, name: str, iban: str, amount: Decimal, reference: str = "", text: str = "", bic: str = "") -> str:
    """The lines of an EPC code, version 2 in UTF-8, with a structured `reference` or else a text.

    ValueError for an amount that a transfer cannot carry.
    """
    if not Decimal("0.01") <= amount <= EPC_MOST:
        raise ValueError(f"no SEPA transfer carries {amount}")
    lines = ["BCD", "002", "1", "SCT", bic, name[:EPC_NAME], iban.replace(" ", ""), f"EUR{amount:.2f}", "", reference]
    return "\n".join(lines if reference else [*lines, text[:EPC_TEXT]])


def st00012_payload(
    *,
    name: str,
    account: str,
    bank: str,
    bik: str,
    correspondent: str,
    amount: Decimal,
    purpose: str,
    tax_number: str,
    registration_reason: str = "",
) -> str:
    """The fields of a Russian payment code in UTF-8 (the 2 of ST00012); the sum is in kopecks.

    The separator may not occur in a value, so it becomes a slash there; what is too long for its field is cut.
    """
    fields: Mapping[str, str] = {
        "Name": name,
        "PersonalAcc": account,
        "BankName": bank,
        "BIC": bik,
        "CorrespAcc": correspondent or NO_ACCOUNT,
        "Sum": str(to_minor(amount, "RUB")),
        "Purpose": purpose,
        "PayeeINN": tax_number,
        "KPP": registration_reason,
    }
    given = [f"{key}={value.replace('|', '/')[: ST_LONGEST.get(key)]}" for key, value in fields.items() if value]
    return "|".join(["ST00012", *given])
