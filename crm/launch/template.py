"""The tests' database, migrated once: a dump under var/test, restored in a second wherever nothing has changed.

Migrating takes most of a minute and every process of the tests needs a database; copies of a template are cheap.
"""

import hashlib
import json
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crm.launch.children import run_step
from crm.launch.parts import Parts
from crm.launch.places import ROOT, made
from crm.launch.postgres import USER, bare_environment, program
from crm.launch.processes import manage

TEMPLATE = "anchor_template"
DUMPS = ROOT / "var" / "test"
KEPT = 4


def prepare_template(parts: Parts) -> None:
    """Fills the template of an embedded server and names it in TEST_TEMPLATE.

    A dump that lacks only the newest migrations is restored and carried on, so that a new one costs seconds.
    """
    sockets = unquote(urlsplit(parts.environment["DATABASE_URL"]).netloc.rpartition("@")[2])
    run_program("createdb", sockets, TEMPLATE)
    wanted, base = migrations(), newest_base()
    if base is not None:
        run_program("psql", sockets, "-qX", "-v", "ON_ERROR_STOP=1", "-d", TEMPLATE, "-f", str(base))
    if base is None or held_by(base) != wanted:
        migrate(parts)
        keep(wanted, sockets)
    parts.environment["TEST_TEMPLATE"] = TEMPLATE


def newest_base() -> Path | None:
    """The newest dump all of whose migrations are there as they were; None when there is none."""
    dumps = sorted(made(DUMPS).glob("*.sql"), key=lambda dump: dump.stat().st_mtime, reverse=True)
    wanted = migrations().items()
    return next((dump for dump in dumps if (held := held_by(dump)) and held.items() <= wanted), None)


def held_by(dump: Path) -> dict[str, str]:
    """The migrations of a dump by path, each with the hash of its text; nothing for one without its list."""
    listed = dump.with_suffix(".json")
    found: dict[str, str] = json.loads(listed.read_text()) if listed.exists() else {}
    return found


def migrate(parts: Parts) -> None:
    print("Migrating the tests' template", flush=True)
    url = parts.environment["DATABASE_URL"].rpartition("/")[0]
    environment = {**parts.environment, "DATABASE_URL": f"{url}/{TEMPLATE}"}
    log = parts.places.log("migrate")
    run_step("migrate", manage("migrate", "--no-input"), environment=environment, log=log)


def keep(held: dict[str, str], sockets: str) -> None:
    """Writes list and dump beside their names first: two runs at once must not read half of one."""
    name = hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]
    own = hashlib.sha256(sockets.encode()).hexdigest()[:8]
    dump, listed = DUMPS / f"{name}.{own}.dump", DUMPS / f"{name}.{own}.list"
    run_program("pg_dump", sockets, "-d", TEMPLATE, "-f", str(dump))
    listed.write_text(json.dumps(held))
    listed.replace(DUMPS / f"{name}.json")
    dump.replace(DUMPS / f"{name}.sql")
    for older in sorted(DUMPS.glob("*.sql"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        older.unlink(missing_ok=True)
        older.with_suffix(".json").unlink(missing_ok=True)


def run_program(name: str, sockets: str, *arguments: str) -> None:
    command = [program(name), "-h", sockets, "-U", USER, *arguments]
    subprocess.run(command, env=bare_environment(), stdout=subprocess.DEVNULL, check=True)


def migrations() -> dict[str, str]:
    """Every migration by path, with the hash of its text, and the packages that bring migrations of their own."""
    files = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements" / "base.txt"]
    return {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
