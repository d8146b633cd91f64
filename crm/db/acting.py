"""Who acts and from where: the audit triggers read it from the session of the database (crm.db.triggers).

It is set in front of each statement that writes, within its transaction, so reading costs nothing and a pooled
connection never carries one person's name into the next request.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connection

ANNOUNCE = "SELECT set_config('anchor.actor', %s, true), set_config('anchor.origin', %s, true); "
WRITES = re.compile(
    r"[\s(]*(insert|update|delete|merge|with\b.*?\b(insert\s+into|update\s+\S+\s+set|delete\s+from))\b",
    re.IGNORECASE | re.DOTALL,
)
ORIGIN_LENGTH = 200

type Execute = Callable[[str, Any, bool, dict[str, Any]], Any]

_actor: ContextVar[tuple[str, str] | None] = ContextVar("actor", default=None)


@contextmanager
def acting(actor_id: int | None, *, origin: str) -> Iterator[None]:
    """Whatever is written inside was done by this person; None is the machine. The innermost one counts."""
    outermost = _actor.get() is None
    token = _actor.set(("" if actor_id is None else str(actor_id), origin[:ORIGIN_LENGTH]))
    try:
        if outermost:
            with connection.execute_wrapper(_announce):
                yield
        else:
            yield
    finally:
        _actor.reset(token)


def _announce(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    actor = _actor.get()
    if actor is None or many or not WRITES.match(sql):
        return execute(sql, params, many, context)
    if params is None:
        return execute(ANNOUNCE + sql.replace("%", "%%"), actor, many, context)
    return execute(ANNOUNCE + sql, (*actor, *params), many, context)
