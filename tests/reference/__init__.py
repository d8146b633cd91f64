"""Reference values that the tests replay, and the one way to read them."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def read_reference(name: str) -> Any:
    """The parsed content of a JSON file that lies in this folder."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
