"""Where the local product keeps its files: one directory, DATA_DIR, to be moved or deleted as a whole."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class LaunchError(Exception):
    """A failure the reader can act on: its words are printed without a traceback."""


@dataclass(frozen=True)
class Places:
    """The directories of one running product."""

    home: Path

    @property
    def logs(self) -> Path:
        return made(self.home / "log")

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def parts_file(self) -> Path:
        """Says how to reach the running parts; it exists while they run."""
        return made(self.home / "run") / "parts.json"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def own_places() -> Places:
    """The places of `make run`: DATA_DIR, or var/ in the checkout."""
    return Places(Path(os.environ.get("DATA_DIR") or ROOT / "var").resolve())


def kept_secret(home: Path) -> str:
    """The key that signs sessions and links of this data directory; made once, readable by its owner only."""
    path = made(home) / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
