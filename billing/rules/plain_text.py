"""Text for programs that know Windows-1252 alone: what it lacks is written in Latin letters, never as a question."""

import unicodedata

# BGN/PCGN 1947, without apostrophes; "_" stands for a letter that is not written.
LATIN = (
    *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f"),
    *("kh", "ts", "ch", "sh", "shch", "_", "y", "_", "e", "yu", "ya", "i", "yi", "ye", "g", "u"),
)
CYRILLIC = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў", LATIN, strict=True))
SIGNS = {"₽": "RUB", "−": "-", "‑": "-", "‐": "-", "№": "No.", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i"}


def to_cp1252(text: str) -> str:
    """The same text in characters of Windows-1252, Cyrillic transliterated, other letters without their marks."""
    return "".join(_written(char) for char in unicodedata.normalize("NFC", text))


def _written(char: str) -> str:
    if _is_known(char):
        return char
    if char in SIGNS:
        return SIGNS[char]
    if char.lower() in CYRILLIC:
        latin = CYRILLIC[char.lower()].replace("_", "")
        return latin if char.islower() else latin.capitalize()
    base = "".join(part for part in unicodedata.normalize("NFKD", char) if _is_known(part))
    return base if base or unicodedata.category(char)[0] in "MC" else "-"


def _is_known(char: str) -> bool:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
