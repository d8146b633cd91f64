"""Column types with one size each, so that money, minutes and rates look the same in every table."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """An amount with two decimals, NUMERIC(14,2); its currency stands in a column beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 14, "decimal_places": 2, **kwargs})


class RateField(models.DecimalField):  # type: ignore[type-arg]
    """An exchange rate or factor with ten decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 20, "decimal_places": 10, **kwargs})


class PercentField(models.DecimalField):  # type: ignore[type-arg]
    """A percentage such as 19.00, not a fraction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 6, "decimal_places": 2, **kwargs})


class MinutesField(models.IntegerField):  # type: ignore[type-arg]
    """A duration in whole minutes; hours are only a format."""


class CurrencyField(models.CharField):  # type: ignore[type-arg]
    """An ISO 4217 code in capitals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_length": 3, **kwargs})
        self.validators.append(
            RegexValidator(r"^[A-Z]{3}$", _("Give a currency as three capital letters, for example EUR."))
        )
