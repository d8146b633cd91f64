"""People for tests."""

from itertools import count
from typing import Any, NamedTuple

from crm.access import Role
from crm.models import Firm, User

_numbers = count(1)


def make_user(*roles: Role, **kw: Any) -> User:
    """A person with these roles (a consultant when none is given); no usable password unless one is given."""
    number = next(_numbers)
    fields = {"username": f"person{number}", "first_name": "Person", "last_name": str(number), **kw}
    fields.setdefault("email", f"{fields['username']}@firm.example")
    password = fields.pop("password", None)
    user = User(roles=list(roles or (Role.CONSULTANT,)), **fields)
    user.set_password(password) if password else user.set_unusable_password()
    user.save()
    return user


def make_small_firm(*, small: bool = True) -> Firm:
    """Whether people may approve what is their own."""
    firm = Firm.load()
    firm.small_firm = small
    firm.save()
    return firm


class Cast(NamedTuple):
    """One person of each role; the outsider is a consultant who works for nobody."""

    partner: User
    manager: User
    consultant: User
    finance: User
    integration: User
    outsider: User


def make_cast() -> Cast:
    return Cast(
        partner=make_user(Role.PARTNER, username="irina", first_name="Irina", last_name="Belova"),
        manager=make_user(Role.ACCOUNT_MANAGER, username="anna", first_name="Anna", last_name="Orlova"),
        consultant=make_user(Role.CONSULTANT, username="jonas", first_name="Jonas", last_name="Keller"),
        finance=make_user(Role.FINANCE, username="marina", first_name="Marina", last_name="Reuter"),
        integration=make_user(Role.INTEGRATION, username="robot", first_name="Robot", last_name="One"),
        outsider=make_user(Role.CONSULTANT, username="olga", first_name="Olga", last_name="Fremd"),
    )
