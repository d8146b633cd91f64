"""Names of firms compared as people compare them: without legal form, quotes and case."""

import re

# Legal forms of the countries that the firm's clients come from; a form alone tells two firms apart from nothing.
_FORMS = (
    "ооо оао зао пао ао ип тоо чп нпо нко фгуп гуп муп "
    "gmbh mbh ag kg ohg ug gbr kgaa eg ev ek se co cie inc ltd llc llp plc corp limited sa sas sarl sl srl spa bv nv "
    "ab as oy kft doo zoo sp"
)
FORMS = frozenset(_FORMS.split())


def core_name(name: str) -> str:
    """The words that make the name: "ООО «Заря»" and "Заря, ООО" are both "заря"."""
    words = re.findall(r"\w+", name.casefold().replace("ё", "е"))
    kept = [word for word in words if word not in FORMS]
    return " ".join(kept or words)


def initials(name: str) -> str:
    """Up to two letters for the square before a client's name."""
    return "".join(word[0] for word in core_name(name).split()[:2]).upper()
