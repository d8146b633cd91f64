"""Text that can be shown everywhere: on a page, in a mail's subject, in XML, in a cell of a spreadsheet.

Browsers take line breaks out of a field of one line themselves; programs and hand-made requests do not. A mail with
such a subject could not be sent, and no XML may hold a control character (XML 1.0, 2.2).
"""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

LINE_LENGTH = 255
"""A column of text up to this length holds a name, a title or a reference: one line."""

check_line = RegexValidator(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029]",
    _("Write it on one line, without control characters."),
    code="not_one_line",
    inverse_match=True,
)
check_text = RegexValidator(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]",
    _("It holds a control character, which cannot be shown."),
    code="control_character",
    inverse_match=True,
)


def text_check(column: "models.Field[Any, Any]") -> RegexValidator | None:
    """What a column of text asks of every value; None for other columns and for those with a few fixed words."""
    if column.choices or not isinstance(column, models.CharField | models.TextField):
        return None
    return check_line if column.max_length and column.max_length <= LINE_LENGTH else check_text
