"""Names in the order in which people look them up: case and accents aside, Ä beside A, ё beside е.

An expression and not a collation: the embedded PostgreSQL is built without ICU and a bare machine knows no locale
but C, while unaccent is there everywhere, so one order holds embedded, in Compose and on a database of one's own.
"""

from django.contrib.postgres.lookups import Unaccent
from django.db.models import F
from django.db.models.functions import Lower


def by_name(path: str) -> Lower:
    """`order_by(by_name("client__name"), "pk")`; falling with `.desc()`. Names that differ in accents alone tie."""
    return Lower(Unaccent(F(path)))
