"""Parts of pages that are drawn once and kept: `{% kept "shell/nav.html" shell.menu %}`.

Such a template sees `by` and nothing else, neither person nor request, so it cannot tell one what belongs to another.
"""

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.utils.translation import get_language

register = template.Library()

PARTS_KEPT = 2048


@register.simple_tag
def kept(name: str, by: Hashable = None) -> str:
    """The template as drawn for the language and `by`; while templates are written (DEBUG) it is drawn each time."""
    drawn = draw.__wrapped__ if settings.DEBUG else draw
    return drawn(name, get_language(), by)


@lru_cache(maxsize=PARTS_KEPT)
def draw(name: str, _language: str | None, by: Hashable) -> str:
    return get_template(name).render({"by": by})
