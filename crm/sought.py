"""What is looked for in the words of many tables: an exact pattern, and needles by which most rows are passed over."""

from typing import NamedTuple

LEFT_OUT = ' \t\n\r\u00a0\u202f()/.,–-+"\\'
"""Signs without which both are compared: names are broken over lines, numbers written in groups, JSON masks quotes."""


class Sought(NamedTuple):
    """Every text that fits the pattern holds one of the needles, in small letters and without the signs left out."""

    pattern: str
    needles: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.pattern)


def needle(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign not in LEFT_OUT)
