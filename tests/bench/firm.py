"""A firm of one scale in a database of its own: `python -m tests.bench.firm large` fills it and says who may look.

The last line is JSON: by page its address, the cookie to ask with, what the answer must hold, and how often.
"""

import argparse
import json
import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.settings"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.urls import reverse  # noqa: E402

from clients.models import Client  # noqa: E402
from crm.access import Role  # noqa: E402
from crm.demo.scale import SCALES  # noqa: E402
from crm.models import User  # noqa: E402
from tests.bench.targets import cookie  # noqa: E402

ROW = "data-row"
SHOWN = 40  # of the fifty rows of a page: every firm has as many clients, so each answer is of one size


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.firm", description=__doc__)
    parser.add_argument("scale", choices=list(SCALES))
    scale = parser.parse_args().scale
    call_command("seed_demo", scale=scale)
    print(json.dumps(list(questions())))


def questions() -> list[dict[str, object]]:
    """The main pages of an account manager, and the list of a partner with filters and two kinds of search."""
    manager, partner = (
        User.objects.filter(roles=[role]).order_by("pk")[0] for role in (Role.ACCOUNT_MANAGER, Role.PARTNER)
    )
    own = Client.objects.filter(account_manager=manager, status="active").order_by("-figures__revenue_12m")[0]
    clients = reverse("clients:client_list")
    near = own.name[:-1] + "x"  # a slip of the finger, which only likeness finds
    return [
        _question("Today", manager, reverse("clients:today"), ROW, 1),
        _question("Client card", manager, reverse("clients:client", args=[own.pk]), own.name, 1),
        _question("Clients", partner, clients, ROW, SHOWN),
        _question("Clients, filtered", partner, f"{clients}?view=all&tier=b&tier=c&ordering=-revenue", ROW, 1),
        _question("Clients, searched", partner, f"{clients}?search={own.name.split()[-1].strip('«»,')}", ROW, 1),
        _question("Clients, by likeness", partner, f"{clients}?search={near}", "<main", 1),
    ]


def _question(name: str, user: User, path: str, part: str, count: int) -> dict[str, object]:
    return {"name": name, "path": path, "headers": cookie(user), "part": part, "count": count}


if __name__ == "__main__":
    main()
