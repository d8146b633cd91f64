"""Finding what a person means by the beginning of a name: case, accents and legal forms do not matter.

The longest beginning wins; where several names share it, all are candidates and nobody guesses.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST_LETTERS = 2
_LEGAL_FORMS = frozenset({"ооо", "оао", "пао", "зао", "нао", "ао", "ип"})
_WORDS = re.compile(r"\w+")
# Letters that Unicode does not decompose into a base letter and an accent.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an id and one or more names (short name, legal name, code)."""

    id: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Who may be meant, and how many of the typed words it took. No id: nobody is called so."""

    ids: tuple[int, ...] = ()
    words: int = 0

    @property
    def only_id(self) -> int | None:
        return self.ids[0] if len(self.ids) == 1 else None


def fold(text: str) -> str:
    """Words of the text in one spelling: `Три Кита` and `ТРИ КИТА`, `Müller` and `muller` are the same."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(_WORDS.findall(plain))


def find_by_beginning(words: Sequence[str], named: Iterable[Named], *, least_letters: int = LEAST_LETTERS) -> Found:
    """Those whose name begins with as many of the words as possible.

    Of these a name that is typed in full beats one of which whole words are typed, and that one beats a
    part of a word, for which at least so many letters are needed.
    """
    spellings = [(one.id, spelling) for one in named for name in one.names for spelling in _spellings(name)]
    longest = max((spelling.count(" ") + 1 for _, spelling in spellings), default=0)
    folded = [fold(word) for word in words]
    for count in range(_reach(folded, longest), 0, -1):
        typed = " ".join(word for word in folded[:count] if word)
        ids = _meant(typed, spellings, least_letters)
        if ids:
            return Found(ids, count)
    return Found()


def _spellings(name: str) -> Iterable[str]:
    """The folded name, and the same without its legal form in front."""
    folded = fold(name)
    yield folded
    first, _, rest = folded.partition(" ")
    if rest and first in _LEGAL_FORMS:
        yield rest


def _reach(folded: Sequence[str], longest: int) -> int:
    """How many typed words can belong to the longest name; signs that are no words do not count."""
    real = 0
    for place, word in enumerate(folded):
        real += word.count(" ") + 1 if word else 0
        if real > longest:
            return place
    return len(folded)


def _meant(typed: str, spellings: Sequence[tuple[int, str]], least_letters: int) -> tuple[int, ...]:
    if not typed:
        return ()
    fitting = [(id_, spelling) for id_, spelling in spellings if spelling.startswith(typed)]
    in_full = [id_ for id_, spelling in fitting if spelling == typed]
    in_words = [id_ for id_, spelling in fitting if spelling.startswith(f"{typed} ")]
    in_part = [id_ for id_, _ in fitting] if len(typed) >= least_letters else []
    return tuple(dict.fromkeys(in_full or in_words or in_part))
