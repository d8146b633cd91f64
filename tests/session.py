"""How a test session gets its parts: pytest started without a database starts itself again with one."""

import os
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from crm.celery import app


def restart_with_parts(config: pytest.Config) -> None:
    """Replaces this process by `python -m crm.launch pytest`, which comes back here with DATABASE_URL set."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.stop_global_capturing()
    arguments = [absolute(str(argument)) for argument in config.invocation_params.args]
    os.chdir(config.rootpath)
    os.execv(sys.executable, [sys.executable, "-m", "crm.launch", "pytest", *arguments])


def absolute(argument: str) -> str:
    """The same argument for a call from another directory: a path, with or without ::test, becomes absolute."""
    path, *test = argument.split("::")
    return "::".join([str(Path(path).resolve()), *test]) if Path(path).exists() else argument


def copy_template(template: str) -> None:
    """Makes Django create its test database as a copy of the launcher's migrated one."""
    connections.settings["default"]["TEST"]["TEMPLATE"] = template


def take_own_redis_database(worker: str) -> None:
    """Gives each process of pytest-xdist a Redis database of its own, so that none sees another's jobs or cache."""
    base, _, _ = settings.REDIS_URL.rpartition("/")
    own = f"{base}/{int(worker.removeprefix('gw')) + 1}"
    settings.CACHES["default"]["LOCATION"] = own
    app.conf.update(broker_url=own)
