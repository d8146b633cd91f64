"""Lost updates: a form remembers the version it was opened with and shows both when somebody saved meanwhile."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    theirs: str
    mine: str


class Versioned(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """`version` is the row's `updated_at` as the person saw it; without one nothing is compared."""

    instance: models.Model

    version = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = version_of(self.instance)
        self.stored = {name: getattr(self.instance, name) for name in self._meta.fields or () if self.instance.pk}
        self.fields["version"].initial = self.current

    @property
    def is_stale(self) -> bool:
        """Whether somebody has saved since the form was opened; ask it after `is_valid()`."""
        seen = self.data.get(self.add_prefix("version"), "")
        return bool(seen and self.instance.pk and seen != self.current)

    @property
    def differences(self) -> list[Difference]:
        """Fields in which what is typed differs from what is stored now."""
        typed = self.cleaned_data
        return [
            Difference(str(self.fields[name].label), str(value or "–"), str(typed.get(name) or "–"))
            for name, value in self.stored.items()
            if name in typed and typed[name] != value
        ]


def version_of(row: models.Model) -> str:
    moment = getattr(row, "updated_at", None) if row.pk else None
    return moment.isoformat() if moment else ""
