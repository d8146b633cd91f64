"""Taking back: credit notes in full or by line, and claims given up."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import BilledCoverage, InvoiceLine
from billing.rules.credits import Money
from billing.services.credits import CreditKind, CreditLine
from crm.web.formats import write_hours, write_money

KINDS = [
    (CreditKind.FULL.value, _("in full: everything that is left, its work returns")),
    (CreditKind.PARTIAL.value, _("in part: what is named below, its work returns")),
    (CreditKind.GOODWILL.value, _("goodwill: an amount, the work stays invoiced")),
    (CreditKind.PACKAGE_REFUND.value, _("refund of sold hours: the unused ones leave the package")),
]


class CreditForm(forms.Form):
    """One amount for each line of the invoice, and the entries of it that return to be billed anew."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS)
    reason = forms.CharField(label=_("Reason, printed on the credit note"), max_length=200)
    issued_on = forms.DateField(label=_("Date of the credit note"))

    def __init__(self, *args: Any, left: Mapping[InvoiceLine, Money], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = {line: rest for line, rest in left.items() if not rest.is_nothing}
        self.worked = _worked_on(list(left))
        for line, rest in left.items():
            self._add_line(line, rest)

    def _add_line(self, line: InvoiceLine, rest: Money) -> None:
        if line in self.left:
            said = str(write_money(rest.amount, line.invoice.currency))
            self.fields[f"amount_{line.pk}"] = forms.DecimalField(
                label=line.description[:80],
                required=False,
                max_digits=14,
                decimal_places=2,
                help_text=_("%(left)s is left") % {"left": said},
            )
        if choices := self.worked.get(line.pk):
            self.fields[f"entries_{line.pk}"] = forms.TypedMultipleChoiceField(
                label=_("Work that returns: %(line)s") % {"line": line.description[:60]},
                coerce=int,
                choices=choices,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "reason", "issued_on")]

    @property
    def parts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(("amount_", "entries_"))]

    def named(self) -> list[CreditLine]:
        """The lines for which an amount or an entry was named."""
        return [] if self.cleaned_data["kind"] == CreditKind.FULL else list(self._named())

    def _named(self) -> Iterator[CreditLine]:
        lines = {int(name.partition("_")[2]) for name in self.fields if name.startswith(("amount_", "entries_"))}
        for pk in sorted(lines):
            amount = self.cleaned_data.get(f"amount_{pk}")
            entries = tuple(self.cleaned_data.get(f"entries_{pk}") or ())
            if amount or entries:
                yield CreditLine(line_id=pk, amount=amount, entries=entries)


class WriteOffForm(forms.Form):
    amount = forms.DecimalField(label=_("Amount to give up"), max_digits=14, decimal_places=2)
    reason = forms.CharField(label=_("Reason"), max_length=200)


def _worked_on(lines: list[InvoiceLine]) -> dict[int, list[tuple[int, str]]]:
    """The entries that stand on each line, in words."""
    rows = BilledCoverage.objects.filter(line__in=lines, released_by=None, entry__isnull=False)
    found: dict[int, dict[int, str]] = {}
    for row in rows.select_related("entry__employee").order_by("entry__worked_on", "pk"):
        if row.entry is not None:
            words = f"{row.entry.worked_on:%d.%m.} {row.entry.employee}, {write_hours(row.minutes)}"
            found.setdefault(row.line_id, {})[row.entry.pk] = f"{words}: {row.entry.description[:60]}"
    return {pk: list(entries.items()) for pk, entries in found.items()}
