"""Tells the database who acts, so that its audit trigger can write it beside each change (see crm.db.triggers).

Every statement that writes carries the actor in its own transaction (`set_config(…, is_local)`), so a connection that
lives on for the next request forgets them by itself.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH|MERGE)\b", re.IGNORECASE)


@dataclass
class Acting:
    """Who acts now and from where; the actor may become known only after the request came in."""

    actor_id: int | None = None
    origin: str = ""


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(actor_id: int | None, *, origin: str) -> Iterator[None]:
    """Changes made inside are written down as theirs; an inner block speaks for itself until it ends."""
    token = _acting.set(Acting(actor_id, origin))
    try:
        yield
    finally:
        _acting.reset(token)


def current() -> Acting:
    """Who acts now; nobody outside of every block."""
    return _acting.get() or Acting()


def act_as(actor_id: int | None) -> None:
    """Names the actor of the block we are in, for edges that learn it after they began."""
    acting = _acting.get()
    if acting is None:
        _acting.set(Acting(actor_id))
    else:
        acting.actor_id = actor_id


def sign(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """An execute wrapper that puts the actor in front of every statement that writes."""
    if isinstance(sql, str) and WRITES.match(sql) and getattr(context["cursor"].cursor, "name", None) is None:
        sql = _signature(escaped=params is not None) + sql
    return execute(sql, params, many, context)


def sign_connection(connection: BaseDatabaseWrapper, **_kwargs: Any) -> None:
    """Receiver of `connection_created`; safe to call again when a connection is renewed."""
    if connection.vendor == "postgresql" and sign not in connection.execute_wrappers:
        connection.execute_wrappers.append(sign)


def _signature(*, escaped: bool) -> str:
    acting = current()
    origin = acting.origin[:200].replace("\0", "").replace("'", "''")
    actor = "" if acting.actor_id is None else str(acting.actor_id)
    text = f"SELECT set_config('anchor.actor', '{actor}', true), set_config('anchor.origin', '{origin}', true); "
    return text.replace("%", "%%") if escaped else text
