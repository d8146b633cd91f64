"""The PDF of an offer, and what stands on it: of a sent version its frozen document, of a draft what it says now."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.utils import translation

from billing.documents.paper import foot_lines, party_lines
from billing.documents.typeset import set_pdf
from billing.models import Offer
from billing.rules.document_words import Words, words_in
from billing.services.offer_documents import canonical_offer
from crm.web.formats import write_hours, write_money, write_number, write_percent


@dataclass(frozen=True, slots=True)
class OfferPaper:
    language: str
    words: Words
    title: str
    number: str
    day: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    subject: str
    text: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    totals: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    texts: tuple[str, ...]
    foot: tuple[str, ...]


def offer_paper(offer: Offer) -> OfferPaper:
    """What the client reads, in the client's language; after sending it comes from the frozen document alone."""
    document: dict[str, Any] = offer.document or canonical_offer(offer)
    with translation.override(document["language"]):
        return _write(document, offer)


def render_offer(offer: Offer) -> bytes:
    paper = offer_paper(offer)
    words = {str(name): text for name, text in paper.words.items()}
    on = offer.sent_at.date() if offer.sent_at else offer.valid_until
    return set_pdf("offer", asdict(paper) | {"words": words}, on=on)


def _write(document: dict[str, Any], offer: Offer) -> OfferPaper:
    words = words_in(document["language"])
    return OfferPaper(
        language=document["language"],
        words=words,
        title=words["offer"],
        number=" ".join(_number_parts(document, words)),
        day=format_date(offer.sent_at.date(), "long", locale=document["language"]) if offer.sent_at else "",
        seller=tuple(party_lines(document["seller"], words)),
        buyer=tuple(party_lines(document["buyer"], words)),
        facts=tuple(_facts(document, words)),
        subject=document["title"],
        text=tuple(part for part in document["text"].splitlines() if part.strip()),
        rows=tuple((description, str(write_hours(minutes))) for description, minutes in document["items"]),
        totals=tuple(_totals(document, words)),
        total=_total(document, words),
        texts=tuple(_texts(document, words)),
        foot=tuple(foot_lines(document["seller"], words)),
    )


def _number_parts(document: dict[str, Any], words: Words) -> Iterator[str]:
    yield document["number"] or words["draft"]
    if document["version"] > 1:
        yield words["version"].format(version=document["version"])


def _facts(document: dict[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    if document["contact"]:
        yield words["for"], document["contact"]
    yield words["lead"], document["lead"]
    valid_until = date.fromisoformat(document["valid_until"])
    yield words["valid_until"], format_date(valid_until, "long", locale=document["language"])


def _totals(document: dict[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    if document["estimated_minutes"]:
        label = words["hours" if document.get("hour_package") else "estimate"]
        yield label, str(write_hours(document["estimated_minutes"]))
    if document["basis"] != Offer.Basis.FIXED:
        price = write_money(Decimal(document["hourly_rate"]), document["currency"])
        yield words["hourly"], f"{price} {_tax_words(document, words)}"


def _total(document: dict[str, Any], words: Words) -> tuple[str, str]:
    label = words["fixed_total" if document["basis"] == Offer.Basis.FIXED else "estimated_total"]
    return label, str(write_money(Decimal(document["estimated_price"]), document["currency"]))


def _texts(document: dict[str, Any], words: Words) -> Iterator[str]:
    yield _basis_words(document, words)
    if document.get("limit_minutes"):
        yield words["consent"].format(hours=write_hours(document["limit_minutes"]))
    if terms := document.get("cash_discount"):
        percent = write_number(Decimal(terms[0]), 2, trim=True)
        yield words["cash_discount_within"].format(percent=percent, days=terms[1])
    if steps := document.get("steps"):
        prices = (_step(percent, amount, document["currency"]) for percent, amount in steps)
        yield words["steps"].format(steps=", ".join(prices))


def _step(percent: str, amount: str, currency: str) -> str:
    return f"{write_percent(Decimal(percent) / 100, 2)}: {write_money(Decimal(amount), currency)}"


def _basis_words(document: dict[str, Any], words: Words) -> str:
    basis = "gross_basis" if document["price_includes_tax"] else "net_basis"
    return f"{words['basis']}: {words[document['basis']]}. {words[basis]}"


def _tax_words(document: dict[str, Any], words: Words) -> str:
    return words["including" if document["price_includes_tax"] else "excluding"]
