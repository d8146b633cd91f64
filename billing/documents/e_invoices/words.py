"""Rules of e-invoices in the words of those who fill in the forms: which field is missing, and where it stands."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.documents.e_invoices.judging import Finding

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# What to fill in, by rule. Rules that name the same field say the same words once.
MISSING: Mapping[str, "str | _StrPromise"] = {
    "BR-DE-2": gettext_lazy("the contact person of the own company"),
    "BR-DE-3": gettext_lazy("the city of the own company"),
    "BR-DE-4": gettext_lazy("the postcode of the own company"),
    "BR-DE-5": gettext_lazy("the contact person of the own company"),
    "BR-DE-6": gettext_lazy("the phone of the own company"),
    "BR-DE-7": gettext_lazy("the e-mail of the own company"),
    "BR-DE-8": gettext_lazy("the city of the client"),
    "BR-DE-9": gettext_lazy("the postcode of the client"),
    "BR-DE-15": gettext_lazy("the buyer reference of the client (for public buyers the Leitweg-ID)"),
    "BR-DE-16": gettext_lazy("the VAT ID or tax number of the own company"),
    "BR-DE-23-a": gettext_lazy("a bank account of the own company"),
    "BR-50": gettext_lazy("a bank account of the own company"),
    "BR-61": gettext_lazy("a bank account of the own company"),
    "BR-CO-26": gettext_lazy("the VAT ID or register entry of the own company"),
    "BR-S-02": gettext_lazy("the VAT ID or tax number of the own company"),
    "BR-E-02": gettext_lazy("the VAT ID or tax number of the own company"),
    "BR-AE-02": gettext_lazy("the VAT IDs of the own company and of the client"),
    "PEPPOL-EN16931-R010": gettext_lazy("the electronic address or e-mail for invoices of the client"),
    "PEPPOL-EN16931-R020": gettext_lazy("the e-mail of the own company"),
}


def words_of(findings: Iterable[Finding], *, form: str) -> list[str]:
    """One sentence for all fields that are missing, and one for each other rule that would refuse the document."""
    fatal = [each for each in findings if each.is_fatal]
    fields = list(dict.fromkeys(str(MISSING[each.rule]) for each in fatal if each.rule in MISSING))
    said = []
    if fields:
        said.append(_("For %(format)s fill in: %(fields)s.") % {"format": form, "fields": ", ".join(fields)})
    for each in fatal:
        if each.rule not in MISSING:
            told = f"{each.rule} {each.text}".strip()
            said.append(_("A receiver of %(format)s would refuse it: %(rule)s") % {"format": form, "rule": told})
    return said
