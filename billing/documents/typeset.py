"""Setting documents with typst: data go in as JSON, so that no client's text is ever markup.

The same content gives the same bytes: fonts are our own, and the moment of creation is the document's day.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

TEMPLATES = Path(__file__).parent / "templates"


def set_pdf(template: str, content: Mapping[str, Any], *, on: date) -> bytes:
    """The PDF/A-3b of a template with its content."""
    moment = datetime.combine(on, time(12), tzinfo=UTC)
    made = _compiler(template).compile(
        format="pdf",
        sys_inputs={"content": json.dumps(content, ensure_ascii=False)},
        pdf_standards="a-3b",
        timestamp=int(moment.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("typst gave no single file")
    return made


@cache
def _compiler(template: str) -> typst.Compiler:
    """One compiler for each template in a process: it keeps fonts and parsed files."""
    return typst.Compiler(
        input=str(TEMPLATES / f"{template}.typ"),
        root=str(TEMPLATES),
        font_paths=[str(settings.DOCUMENT_FONTS)],
        ignore_system_fonts=True,
    )
