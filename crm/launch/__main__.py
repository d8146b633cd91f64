"""What the Makefile calls: python -m crm.launch COMMAND. Each command brings up the parts that it needs."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from crm.launch.browser import install_browser
from crm.launch.children import StopRequested, end_with_make, obey_signals, run_in_front
from crm.launch.parts import Parts, claimed_test_places, local_environment, parts, prepare, product_parts
from crm.launch.places import LaunchError, own_places
from crm.launch.processes import manage, run_product
from crm.launch.template import prepare_template

DEFAULT_PORT = 8000
MOST_TEST_WORKERS = 4


def run(_arguments: Sequence[str]) -> int:
    run_product(own_places(), port=chosen_port(), demo=os.environ.get("DEMO") != "0")
    return 0


def chosen_port() -> int:
    stated = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not (stated.isascii() and stated.isdigit() and 0 < int(stated) < 65_536):
        raise LaunchError(f"PORT={stated} is not a port number.")
    return int(stated)


def run_manage(arguments: Sequence[str]) -> int:
    """Any manage.py command on the local product, running or stopped."""
    places = own_places()
    with product_parts(places, local_environment(places, chosen_port())) as ready:
        return run_in_front(manage(*arguments), environment=ready)


def run_tests(arguments: Sequence[str]) -> int:
    """The whole suite (or what `arguments` choose) with everything that it needs installed."""
    os.environ["CHROMIUM"] = str(install_browser())
    workers = max(2, min(MOST_TEST_WORKERS, os.cpu_count() or 2))
    spread = ["-n", str(workers), "--dist", "worksteal", "-m", "not soak"]
    return run_pytest([*spread, *arguments])


def run_bench(arguments: Sequence[str]) -> int:
    with test_parts() as running:
        return run_in_front([sys.executable, "-m", "tests.bench", *arguments], environment=running.environment)


def run_pytest(arguments: Sequence[str]) -> int:
    """pytest as called; tests/conftest.py comes here when there is no database."""
    with test_parts() as running:
        if not os.environ.get("DATABASE_URL"):
            prepare_template(running)
        return run_in_front([sys.executable, "-m", "pytest", *arguments], environment=running.environment)


@contextmanager
def test_parts() -> Iterator[Parts]:
    """Parts that forget everything, beside those of a product that may run at the same time."""
    with claimed_test_places() as places:
        prepare(places)
        with parts(places, local_environment(places, DEFAULT_PORT), durable=False) as running:
            yield running


def set_up(_arguments: Sequence[str]) -> int:
    prepare(own_places())
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run,
    "manage": run_manage,
    "test": run_tests,
    "pytest": run_pytest,
    "bench": run_bench,
    "set-up": set_up,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m crm.launch", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    chosen, arguments = parser.parse_known_args()
    obey_signals()
    end_with_make()
    try:
        return COMMANDS[chosen.command](arguments)
    except LaunchError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, StopRequested):
        return 0 if chosen.command == "run" else 130


if __name__ == "__main__":
    sys.exit(main())
