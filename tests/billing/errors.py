"""Reading the code of a refusal in tests."""

import pytest
from django.core.exceptions import ValidationError


def code_of(refused: pytest.ExceptionInfo[ValidationError]) -> str:
    """The code of the one error that was raised, wherever it hangs."""
    return code_of_error(refused.value)


def code_of_error(error: ValidationError) -> str:
    if hasattr(error, "error_dict"):
        return str(next(iter(error.error_dict.values()))[0].code)
    return str(error.error_list[0].code)
