"""The tests' database, migrated once: a dump under var/test, restored in a second wherever nothing has changed.

Migrating takes most of a minute and every process of the tests needs a database; copies of a template are cheap.
"""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crm.launch.children import run_step
from crm.launch.parts import Parts
from crm.launch.places import ROOT, made
from crm.launch.postgres import USER, bare_environment, program
from crm.launch.processes import manage

TEMPLATE = "anchor_template"
DUMPS = ROOT / "var" / "test"


def prepare_template(parts: Parts) -> None:
    """Fills the template of an embedded server and names it in TEST_TEMPLATE."""
    sockets = unquote(urlsplit(parts.environment["DATABASE_URL"]).netloc.rpartition("@")[2])
    run_program("createdb", sockets, TEMPLATE)
    dump = made(DUMPS) / f"{fingerprint()}.sql"
    if dump.exists():
        run_program("psql", sockets, "-qX", "-v", "ON_ERROR_STOP=1", "-d", TEMPLATE, "-f", str(dump))
    else:
        migrate(parts)
        keep(dump, sockets)
    parts.environment["TEST_TEMPLATE"] = TEMPLATE


def migrate(parts: Parts) -> None:
    print("Migrating the tests' template", flush=True)
    url = parts.environment["DATABASE_URL"].rpartition("/")[0]
    environment = {**parts.environment, "DATABASE_URL": f"{url}/{TEMPLATE}"}
    log = parts.places.log("migrate")
    run_step("migrate", manage("migrate", "--no-input"), environment=environment, log=log)


def keep(dump: Path, sockets: str) -> None:
    """Writes the dump beside its name first: two runs at once must not read half of it."""
    unfinished = dump.with_suffix(f".{hashlib.sha256(sockets.encode()).hexdigest()[:8]}")
    run_program("pg_dump", sockets, "-d", TEMPLATE, "-f", str(unfinished))
    for older in DUMPS.glob("*.sql"):
        older.unlink(missing_ok=True)
    unfinished.replace(dump)


def run_program(name: str, sockets: str, *arguments: str) -> None:
    command = [program(name), "-h", sockets, "-U", USER, *arguments]
    subprocess.run(command, env=bare_environment(), stdout=subprocess.DEVNULL, check=True)


def fingerprint() -> str:
    """Of everything that decides what the migrations make."""
    content = hashlib.sha256()
    for path in deciding_files():
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def deciding_files() -> Iterator[Path]:
    yield ROOT / "requirements" / "dev.txt"
    for pattern in ("*/migrations/*.py", "crm/db/*.py", "*/models/*.py", "*/models.py"):
        yield from sorted(ROOT.glob(pattern))
