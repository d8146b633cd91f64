"""Columns of DATEV's files (developer.datev.de, dtvf/formate): their names in order, and which of them are text.

Text stands in quotes even when it is empty, all else is written bare. The blank that is missing in
"Zusatzinformation- Inhalt" is DATEV's own.
"""

from collections.abc import Iterable, Iterator


def _counted(parts: Iterable[str], numbers: Iterable[int]) -> Iterator[str]:
    parts = tuple(parts)
    return (part.format(number) for number in numbers for part in parts)


# Buchungsstapel, category 21, format version 13.
BOOKING_COLUMNS = (
    *("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz"),
    *("WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum"),
    *("Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext", "Postensperre", "Diverse Adressnummer"),
    *("Geschäftspartnerbank", "Sachverhalt", "Zinssperre", "Beleglink"),
    *_counted(("Beleginfo - Art {}", "Beleginfo - Inhalt {}"), range(1, 9)),
    *("KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)"),
    *("EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L"),
    *("BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung"),
    *_counted(("Zusatzinformation - Art {}", "Zusatzinformation- Inhalt {}"), range(1, 21)),
    *("Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit", "Skontotyp"),
    *("Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)", "EU-Land (Anzahlungen)"),
    *("Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)", "Erlöskonto (Anzahlungen)", "Herkunft-Kz"),
    *("Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz", "Skontosperre", "Gesellschaftername"),
    *("Beteiligtennummer", "Identifikationsnummer", "Zeichnernummer", "Postensperre bis"),
    *("Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung", "Festschreibung", "Leistungsdatum"),
    *("Datum Zuord. Steuerperiode", "Fälligkeit", "Generalumkehr (GU)", "Steuersatz", "Land"),
    *("Abrechnungsreferenz", "BVV-Position (Betriebsvermögensvergleich)", "EU-Land u. UStID (Ursprung)"),
    *("EU-Steuersatz (Ursprung)", "Abw. Skontokonto"),
)
BOOKING_TEXTS = frozenset(
    (
        *(2, 3, 6, 9, 11, 12, 14, 16, *range(20, 39), 40, 42, *range(48, 88)),
        *(95, 96, 98, 102, 103, 105, 107, 109, 110, 112, 118, 120, 121, 123),
    )
)

_BANK = (
    *("Bankleitzahl {}", "Bankbezeichnung {}", "Bank-Kontonummer {}", "Länderkennzeichen {}", "IBAN-Nr. {}"),
    *("Leerfeld {}", "SWIFT-Code {}", "Abw. Kontoinhaber {}", "Kennz. Hauptbankverb. {}"),
    *("Bankverb {} Gültig von", "Bankverb {} Gültig bis"),
)


def _banks(numbers: range, *, blanks_from: int) -> Iterator[str]:
    """Eleven columns for each bank; the blank ones are counted through the whole file."""
    for place, number in enumerate(numbers):
        for part in _BANK:
            yield part.format(blanks_from + place if part.startswith("Leerfeld") else number)


# Debitoren/Kreditoren, category 16, format version 5.
DEBTOR_COLUMNS = (
    *("Konto", "Name (Adressattyp Unternehmen)", "Unternehmensgegenstand", "Name (Adressattyp natürl. Person)"),
    *("Vorname (Adressattyp natürl. Person)", "Name (Adressattyp keine Angabe)", "Adressattyp", "Kurzbezeichnung"),
    *("EU-Land", "EU-UStID", "Anrede", "Titel/Akad. Grad", "Adelstitel", "Namensvorsatz", "Adressart", "Straße"),
    *("Postfach", "Postleitzahl", "Ort", "Land", "Versandzusatz", "Adresszusatz", "Abweichende Anrede"),
    *("Abw. Zustellbezeichnung 1", "Abw. Zustellbezeichnung 2", "Kennz. Korrespondenzadresse"),
    *("Adresse Gültig von", "Adresse Gültig bis", "Telefon", "Bemerkung (Telefon)", "Telefon GL"),
    *("Bemerkung (Telefon GL)", "E-Mail", "Bemerkung (E-Mail)", "Internet", "Bemerkung (Internet)", "Fax"),
    *("Bemerkung (Fax)", "Sonstige", "Bemerkung (Sonstige)"),
    *_banks(range(1, 6), blanks_from=1),
    *("Leerfeld 6", "Briefanrede", "Grußformel", "Kunden-/Lief.-Nr.", "Steuernummer", "Sprache", "Ansprechpartner"),
    *("Vertreter", "Sachbearbeiter", "Diverse-Konto", "Ausgabeziel", "Währungssteuerung", "Kreditlimit (Debitor)"),
    *("Zahlungsbedingung", "Fälligkeit in Tagen (Debitor)", "Skonto in Prozent (Debitor)"),
    *("Kreditoren-Ziel 1 Tg.", "Kreditoren-Skonto 1 %", "Kreditoren-Ziel 2 Tg.", "Kreditoren-Skonto 2 %"),
    *("Kreditoren-Ziel 3 Brutto Tg.", "Kreditoren-Ziel 4 Tg.", "Kreditoren-Skonto 4 %"),
    *("Kreditoren-Ziel 5 Tg.", "Kreditoren-Skonto 5 %", "Mahnung", "Kontoauszug", "Mahntext 1", "Mahntext 2"),
    *("Mahntext 3", "Kontoauszugstext", "Mahnlimit Betrag", "Mahnlimit %", "Zinsberechnung", "Mahnzinssatz 1"),
    *("Mahnzinssatz 2", "Mahnzinssatz 3", "Lastschrift", "Leerfeld 7", "Mandantenbank", "Zahlungsträger"),
    *_counted(("Indiv. Feld {}",), range(1, 16)),
    *("Abweichende Anrede (Rechnungsadresse)", "Adressart (Rechnungsadresse)", "Straße (Rechnungsadresse)"),
    *("Postfach (Rechnungsadresse)", "Postleitzahl (Rechnungsadresse)", "Ort (Rechnungsadresse)"),
    *("Land (Rechnungsadresse)", "Versandzusatz (Rechnungsadresse)", "Adresszusatz (Rechnungsadresse)"),
    *("Abw. Zustellbezeichnung 1 (Rechnungsadresse)", "Abw. Zustellbezeichnung 2 (Rechnungsadresse)"),
    *("Adresse Gültig von (Rechnungsadresse)", "Adresse Gültig bis (Rechnungsadresse)"),
    *_banks(range(6, 11), blanks_from=8),
    *("Nummer Fremdsystem", "Insolvent"),
    *_counted(("SEPA-Mandatsreferenz {}",), range(1, 11)),
    *("Verknüpftes OPOS-Konto", "Mahnsperre bis", "Lastschriftsperre bis", "Zahlungssperre bis"),
    *("Gebührenberechnung", "Mahngebühr 1", "Mahngebühr 2", "Mahngebühr 3", "Pauschalenberechnung"),
    *("Verzugspauschale 1", "Verzugspauschale 2", "Verzugspauschale 3", "Alternativer Suchname", "Status"),
    *("Anschrift manuell geändert (Korrespondenzadresse)", "Anschrift individuell (Korrespondenzadresse)"),
    *("Anschrift manuell geändert (Rechnungsadresse)", "Anschrift individuell (Rechnungsadresse)"),
    *("Fristberechnung bei Debitor", "Mahnfrist 1", "Mahnfrist 2", "Mahnfrist 3", "Letzte Frist"),
)
_DEBTOR_BARE = frozenset(
    {1, 26, 27, 28, *range(105, 133), 135, 163, 164, 221, *range(233, 244), 245, 246, 248, *range(250, 255)}
    | {first + step for first in (41, 52, 63, 74, 85, 165, 176, 187, 198, 209) for step in (9, 10)}
)
DEBTOR_TEXTS = frozenset(range(1, 255)) - _DEBTOR_BARE
