"""ETags of single objects: a hash of what the caller sees, so that a lost update answers 412."""

import json
from hashlib import sha256
from typing import Any

from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from crm.api.errors import PreconditionFailed


def etag_of(representation: Any) -> str:
    text = json.dumps(representation, cls=JSONEncoder, sort_keys=True)
    return f'"{sha256(text.encode()).hexdigest()[:32]}"'


def names(header: str, etag: str) -> bool:
    """Whether a header's list of tags names this one; `*` names any."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or "*" in tags


def is_known(request: Request, etag: str) -> bool:
    return names(request.headers.get("If-None-Match", ""), etag)


def check_match(request: Request, etag: str) -> None:
    """Raises PreconditionFailed when `If-Match` names another state of the object."""
    wanted = request.headers.get("If-Match")
    if wanted is not None and not names(wanted, etag):
        raise PreconditionFailed
