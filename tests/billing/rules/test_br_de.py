"""billing.rules.br_de: each rule of XRechnung holds on a sound document and is the one that a fault breaks."""

from copy import deepcopy
from typing import Any

import pytest

from billing.rules.br_de import RULES, XRECHNUNG, broken_rules

SOUND: dict[str, Any] = {
    "BT-1": "RE-2026-0001",
    "BT-3": "380",
    "BT-10": "04011000-12345-03",
    "BT-20": "Zahlbar in 14 Tagen.",
    "BT-23": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
    "BT-24": XRECHNUNG,
    "BT-81": "58",
    "BT-84": "DE89370400440532013000",
    "BT-110": "239.50",
    "BG-4": {
        "name": "Meridian Consulting GmbH",
        "city": "München",
        "postcode": "80337",
        "vat_identifier": "DE129273398",
        "einvoicing_addr": "finance@meridian.example",
        "contacts": [{"name": "Marina Reuter", "phone": "+49 89 5550100", "email": "finance@meridian.example"}],
    },
    "BG-7": {"name": "Kunde AG", "city": "Berlin", "postcode": "10115", "einvoicing_addr": "rechnung@kunde.example"},
    "BG-13": {"city": "Berlin", "postcode": "10115"},
    "BG-20": [{"amount": "10.00", "rate": "10.00", "base_amount": "100.00"}],
    "BG-23": [{"BT-116": "1260.50", "BT-117": "239.50", "BT-118": "S", "BT-119": "19.00"}],
    "BG-24": [{"filename": "hours.pdf"}, {"filename": "photo.png"}],
    "BG-25": [{"BT-126": "1", "BT-129": "10", "BT-131": "1260.50", "BT-146": "126.0500"}],
}
GONE = object()
CARD = {"BT-81": "48", "BT-84": GONE, "BT-87": "1234"}
DEBIT = {"BT-81": "59", "BT-84": GONE, "BT-89": "M-1", "BT-90": "DE98ZZZ09999999999", "BT-91": "DE89370400440532013000"}
FAULTS: dict[str, dict[str, Any]] = {
    "BR-DE-1": {"BT-81": GONE},
    "BR-DE-2": {"BG-4.contacts": GONE},
    "BR-DE-3": {"BG-4.city": GONE},
    "BR-DE-4": {"BG-4.postcode": GONE},
    "BR-DE-5": {"BG-4.contacts.0.name": GONE},
    "BR-DE-6": {"BG-4.contacts.0.phone": GONE},
    "BR-DE-7": {"BG-4.contacts.0.email": GONE},
    "BR-DE-8": {"BG-7.city": GONE},
    "BR-DE-9": {"BG-7.postcode": GONE},
    "BR-DE-10": {"BG-13.city": GONE},
    "BR-DE-11": {"BG-13.postcode": GONE},
    "BR-DE-14": {"BG-23.0.BT-119": GONE},
    "BR-DE-15": {"BT-10": GONE},
    "BR-DE-16": {"BG-4.vat_identifier": GONE},
    "BR-DE-17": {"BT-3": "386"},
    "BR-DE-18": {"BT-20": "#SKONTO#TAGE=14#PROZENT=2#\n"},
    "BR-DE-19": {"BT-84": "12345"},
    "BR-DE-20": DEBIT | {"BT-91": "12345"},
    "BR-DE-21": {"BT-24": "urn:cen.eu:en16931:2017"},
    "BR-DE-22": {"BG-24.1.filename": "HOURS.pdf"},
    "BR-DE-23-a": {"BT-84": GONE},
    "BR-DE-23-b": {"BT-87": "1234"},
    "BR-DE-24-a": CARD | {"BT-87": GONE},
    "BR-DE-24-b": CARD | {"BT-84": "DE89370400440532013000"},
    "BR-DE-25-a": {"BT-81": "59", "BT-84": GONE},
    "BR-DE-25-b": DEBIT | {"BT-84": "DE89370400440532013000"},
    "BR-DE-26": {"BT-3": "384"},
    "BR-DE-27": {"BG-4.contacts.0.phone": "12"},
    "BR-DE-28": {"BG-4.contacts.0.email": "finance"},
    "BR-DE-30": DEBIT | {"BT-90": GONE},
    "BR-DE-31": DEBIT | {"BT-91": GONE},
    "PEPPOL-EN16931-R001": {"BT-23": GONE},
    "PEPPOL-EN16931-R008": {"BT-13": " "},
    "PEPPOL-EN16931-R010": {"BG-7.einvoicing_addr": GONE},
    "PEPPOL-EN16931-R020": {"BG-4.einvoicing_addr": GONE},
    "PEPPOL-EN16931-R040": {"BG-20.0.amount": "10.03"},
    "PEPPOL-EN16931-R041": {"BG-20.0.base_amount": GONE},
    "PEPPOL-EN16931-R042": {"BG-20.0.rate": GONE},
    "PEPPOL-EN16931-R053": {"BT-110": GONE},
    "PEPPOL-EN16931-R054": {"BT-6": "EUR"},
    "PEPPOL-EN16931-R120": {"BG-25.0.BT-131": "1260.53"},
}
SOUND_TOO: dict[str, dict[str, Any]] = {
    "a card": CARD,
    "a direct debit": DEBIT,
    "Skonto": {"BT-20": "#SKONTO#TAGE=14#PROZENT=2.00#\n"},
    "a cancellation": {"BT-3": "384", "BG-3": [{"BT-25": "RE-2026-0001"}]},
    "outside of VAT": {"BG-23.0.BT-118": "O", "BG-23.0.BT-119": "0.00", "BG-4.vat_identifier": GONE},
    "a tax number": {"BG-4.vat_identifier": GONE, "BG-4.tax_identifier": "143/815/08155"},
    "VAT in another currency": {"BT-6": "EUR", "BT-111": "220.00"},
    "a price for the whole quantity": {"BG-25.0.BT-146": "1260.5000", "BG-25.0.BT-149": "10"},
    "a line with an allowance": {"BG-25.0.BT-131": "1250.50", "BG-25.0.BG-27": [{"amount": "10.00"}]},
}


def with_faults(changes: dict[str, Any]) -> dict[str, Any]:
    fields = deepcopy(SOUND)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = fields
        for part in parents:
            place = place[int(part)] if part.isdigit() else place[part]
        if value is GONE:
            place.pop(last, None)
        else:
            place[last] = value
    return fields


def test_every_rule_has_a_fault_that_breaks_it() -> None:
    assert list(FAULTS) == [rule.code for rule in RULES]


def test_a_sound_document_breaks_none() -> None:
    assert broken_rules(SOUND) == []


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_breaks_its_own_rule(code: str) -> None:
    assert code in {rule.code for rule in broken_rules(with_faults(FAULTS[code]))}


@pytest.mark.parametrize("case", SOUND_TOO)
def test_other_ways_are_sound_too(case: str) -> None:
    assert broken_rules(with_faults(SOUND_TOO[case])) == []


def test_the_rate_is_given_outside_of_vat_too() -> None:
    """EN 16931 lets it out there (BR-48), the German rule has no exception."""
    changes = {"BG-23.0.BT-118": "O", "BG-23.0.BT-119": GONE, "BG-4.vat_identifier": GONE, "BG-4.tax_identifier": "1"}
    assert "BR-DE-14" in [rule.code for rule in broken_rules(with_faults(changes))]


def test_warnings_do_not_refuse_a_document() -> None:
    warnings = {rule.code for rule in RULES if not rule.is_fatal}
    assert warnings == {f"BR-DE-{number}" for number in (17, 19, 20, 21, 26, 27, 28)}
