"""CAMT.053 of ISO 20022, versions 2 to 12: booked entries alone. A DTD is refused, nothing is expanded or fetched.

Read here rather than by a library: amounts stay Decimals, reversals are seen, and a fault has its line.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from billing.rules.bank.statement import Fault, Line, Statement, StatementError, read_amount

FORMAT = "camt053"
CREDIT = {"CRDT": True, "DBIT": False}
RETURN_FAMILIES = ("RRTN", "UPDD", "UPCT", "RPCR", "PRDD")


def read_camt(content: bytes) -> list[Statement]:
    """StatementError: `dtd`, `unreadable` with the parser's words, `empty` without a statement."""
    root = _root(content)
    found = [_statement(node) for node in root.iter() if _name(node) == "Stmt"]
    if not found:
        raise StatementError(Fault.EMPTY)
    return found


def _root(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(content, parser).getroottree()
    except (etree.XMLSyntaxError, ValueError) as error:
        fault = Fault.DTD if b"<!DOCTYPE" in content or b"<!ENTITY" in content else Fault.UNREADABLE
        line = getattr(error, "lineno", 0) or 0
        raise StatementError(fault, "" if fault is Fault.DTD else str(error), line=line) from error
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise StatementError(Fault.DTD)
    return tree.getroot()


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _all(node: Any, path: str) -> list[Any]:
    """Descendants by local names: versions differ in their namespace alone."""
    found = [node]
    for step in path.split("/"):
        found = [child for each in found for child in each if _name(child) == step]
    return found


def _text(node: Any, *paths: str) -> str:
    """The text of the first path that has some."""
    for path in paths:
        for found in _all(node, path):
            if text := (found.text or "").strip():
                return text
    return ""


def _statement(node: Any) -> Statement:
    account = _text(node, "Acct/Id/IBAN", "Acct/Id/Othr/Id")
    if not account:
        raise StatementError(Fault.NO_ACCOUNT, line=node.sourceline or 0)
    balances = {_text(row, "Tp/CdOrPrtry/Cd"): row for row in reversed(_all(node, "Bal"))}
    first = next((balances[code] for code in ("OPBD", "PRCD", "ITBD") if code in balances), None)
    last = balances.get("CLBD")
    booked = [entry for entry in _all(node, "Ntry") if _text(entry, "Sts/Cd", "Sts") in ("BOOK", "")]
    lines = [line for entry in booked for line in _lines(entry)]
    days = [line.booked_on for line in lines]
    return Statement(
        format=FORMAT,
        account=account,
        currency=_text(node, "Acct/Ccy") or _currency(last),
        lines=lines,
        opening=_balance(first),
        closing=_balance(last),
        from_on=min(days, default=_balance_day(first)),
        to_on=max([*days, *filter(None, [_balance_day(last)])], default=None),
    )


def _lines(entry: Any) -> list[Line]:
    """A booking, or each payment of a collective one, if their amounts are told and add up to it."""
    at, details = entry.sourceline or 0, _all(entry, "NtryDtls/TxDtls")
    whole = read_amount(_text(entry, "Amt"), line=at)
    told = [_text(detail, "Amt", "AmtDtls/TxAmt/Amt") for detail in details]
    parts = [read_amount(text, line=at) for text in told] if len(details) > 1 and all(told) else []
    booking = _line(entry, details[0] if details else entry, whole)
    if parts and sum(parts) == whole:
        lines = [_line(entry, detail, amount) for detail, amount in zip(details, parts, strict=True) if amount]
        return [replace(line, whole=booking) for line in lines]
    return [booking]


def _line(entry: Any, detail: Any, amount: Decimal) -> Line:
    at = entry.sourceline or 0
    direction = _text(entry, "CdtDbtInd")
    if direction not in CREDIT:
        raise StatementError(Fault.NO_DIRECTION, direction, line=at)
    is_credit = CREDIT[direction]
    who = "Dbtr" if is_credit else "Cdtr"
    party, account = f"RltdPties/{who}", f"RltdPties/{who}Acct"
    references = [_text(row, "CdtrRefInf/Ref") for row in _all(detail, "RmtInf/Strd")]
    texts = [row.text.strip() for row in _all(detail, "RmtInf/Ustrd") if row.text]
    return Line(
        number=at,
        booked_on=_entry_day(entry, at),
        amount=amount,
        is_credit=is_credit,
        currency=_currency(entry),
        is_reversal=_is_return(entry, detail),
        bank_reference=_text(detail, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef"),
        payer_name=_text(detail, f"{party}/Pty/Nm", f"{party}/Nm"),
        payer_account=_text(detail, f"{account}/Id/IBAN", f"{account}/Id/Othr/Id"),
        reference=next(filter(None, references), ""),
        purpose=" ".join(texts) or _text(entry, "AddtlNtryInf"),
    )


def _is_return(entry: Any, detail: Any) -> bool:
    family = _text(entry, "BkTxCd/Domn/Fmly/SubFmlyCd")
    return _text(entry, "RvslInd") == "true" or family in RETURN_FAMILIES or bool(_all(detail, "RtrInf"))


def _entry_day(entry: Any, at: int) -> date:
    return _day(_text(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"), at)


def _day(text: str, at: int) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise StatementError(Fault.NO_DAY, text, line=at) from error


def _currency(node: Any) -> str:
    amounts = _all(node, "Amt") if node is not None else []
    return amounts[0].get("Ccy", "") if amounts else ""


def _balance(node: Any) -> Decimal | None:
    if node is None:
        return None
    amount = read_amount(_text(node, "Amt"), line=node.sourceline or 0)
    return amount if _text(node, "CdtDbtInd") != "DBIT" else -amount


def _balance_day(node: Any) -> date | None:
    text = _text(node, "Dt/Dt", "Dt/DtTm") if node is not None else ""
    return _day(text, node.sourceline or 0) if text else None
