"""The embedded PostgreSQL: what it offers, what it survives, what it refuses."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from crm.launch.places import LaunchError, Places
from crm.launch.postgres import LONGEST_SOCKET_DIRECTORY, Postgres, start_postgres


@contextmanager
def server(places: Places, *, durable: bool = False) -> Iterator[Postgres]:
    running = start_postgres(places, durable=durable)
    try:
        yield running
    finally:
        running.child.stop()


def ask(postgres: Postgres, statement: str) -> object:
    connection = psycopg2.connect(postgres.url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def test_it_compares_cyrillic_and_has_the_extensions(places: Places) -> None:
    with server(places) as postgres:
        for extension in ("pg_trgm", "unaccent", "btree_gist"):
            ask(postgres, f"CREATE EXTENSION {extension}")
        assert ask(postgres, "SELECT similarity('ПРИВЕТ', 'привет')") == 1
        assert ask(postgres, "SELECT lower('ЁЛКА ÄÖÜ')") == "ёлка äöü"


def test_it_listens_on_no_port(places: Places) -> None:
    with server(places) as postgres:
        assert ask(postgres, "SHOW listen_addresses") == ""


def test_data_survive_a_server_that_was_killed(places: Places) -> None:
    with server(places, durable=True) as postgres:
        ask(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(postgres.child.process.pid, signal.SIGKILL)
    assert (places.postgres / "postmaster.pid").exists()
    with server(places, durable=True) as postgres:
        assert ask(postgres, "SELECT number FROM kept") == 7


def test_a_pid_file_that_names_another_program_is_no_hindrance(places: Places) -> None:
    with server(places):
        pass
    (places.postgres / "postmaster.pid").write_text(f"{os.getpid()}\n{places.postgres}\n")
    with server(places) as postgres:
        assert ask(postgres, "SELECT 1") == 1


def test_a_server_left_running_gives_way_to_a_new_one(places: Places) -> None:
    left = start_postgres(places, durable=False)
    with server(places) as postgres:
        assert left.child.process.wait(5) is not None
        assert ask(postgres, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * (LONGEST_SOCKET_DIRECTORY + 20))
    deep.mkdir()
    with server(Places(deep)) as postgres:
        assert "d" * LONGEST_SOCKET_DIRECTORY not in postgres.url
        assert ask(postgres, "SELECT 1") == 1


def test_data_of_another_version_are_refused_with_its_words(places: Places) -> None:
    with server(places):
        pass
    (places.postgres / "PG_VERSION").write_text("12\n")
    with pytest.raises(LaunchError, match=r"PostgreSQL ended with exit code 1[\s\S]*version 12"):
        start_postgres(places, durable=False)
