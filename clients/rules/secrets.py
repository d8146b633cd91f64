"""Text that looks as if it carried a password or a key: credentials are never stored, so the writer is warned."""

import re

_NAMED = re.compile(
    r"(?:\b(?:password|passwd|pwd|passcode|passwort|kennwort|api[ _-]?key|secret|token|pin)\b|парол\w*|логин\w*)"
    r"\s*(?P<sign>is|ist|[=:—–-])\s*(?P<value>\S{4,})",
    re.IGNORECASE,
)
_SHAPED = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}\b"
    r"|\bsk[-_](?:live|test|proj)?[-_]?[A-Za-z0-9]{20,}\b"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"
    r"|\b[a-z]+://[^\s/:@]+:[^\s/@]+@",
)

MASK = "•••"


def looks_secret(text: str) -> bool:
    """Whether the text names a credential with a value after it, or holds something of a key's own shape."""
    return bool(_SHAPED.search(text)) or any(_is_value(hit) for hit in _NAMED.finditer(text))


def mask_secrets(text: str) -> str:
    """The same text with what looks like a credential taken out of it."""
    without = _NAMED.sub(lambda hit: hit[0].replace(hit["value"], MASK) if _is_value(hit) else hit[0], text)
    return _SHAPED.sub(MASK, without)


def _is_value(hit: re.Match[str]) -> bool:
    """After a colon or equals sign any word is a value; after "is" or a dash a plain word may be prose."""
    plain = hit["value"].strip(".,;:()\"'«»").isalpha()
    return hit["sign"] in "=:" or not plain
