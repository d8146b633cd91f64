"""Bodies that cannot be read answer 400, however they are broken."""

import codecs
import json
import math
from collections.abc import Mapping
from typing import IO, Any, Never

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError

SURROGATE = "\\ud"


class JSONParser(parsers.BaseParser):
    """Strict JSON: no NaN, no number beyond what a float holds, no nesting without end, no half of a character.

    Not a child of the framework's own, for which it reads the body under the one limit of all requests; how long this
    body may be, the view has judged (`Framed.file_bytes`).
    """

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], _media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            "".encode(encoding)  # raises for a charset of bytes, such as bz2, which would unpack without end
            text = codecs.getreader(encoding)(stream).read()
            told = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
            if SURROGATE in text.lower():
                json.dumps(told, ensure_ascii=False).encode()  # raises for a half that has found no other
            return told
        except (ValueError, LookupError, RecursionError) as exc:
            raise ParseError(_("The body is not valid JSON: %(why)s") % {"why": exc}) from exc


def _no_constant(name: str) -> Never:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_constant(text)
