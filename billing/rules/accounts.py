"""Accounts of minutes (hour packages, retainer allowances): which of them may cover work, and in what order.

The worked date decides validity. A link that a person set explicitly is obeyed or refused, never guessed at.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing.rules.burn import Burn, choose_factor
from billing.rules.rates import HourlyPrice
from billing.rules.rounding import NO_FACTOR


class AccountKind(StrEnum):
    PACKAGE = "package"
    ALLOWANCE = "allowance"


class OveragePolicy(StrEnum):
    """What happens to minutes that an account can no longer cover. None of them refuses logging."""

    BILL_OVERAGE = "bill_overage"
    ALLOW_NEGATIVE = "allow_negative"
    REQUIRE_TOP_UP = "require_top_up"


class LinkProblem(StrEnum):
    """Why an explicit link to a package is refused."""

    FOREIGN = "package_foreign"
    OTHER_SELLER = "package_other_seller"
    NOT_YET_VALID = "package_not_yet_valid"
    EXPIRED = "package_expired"
    OUT_OF_SCOPE = "package_out_of_scope"


class LinkRefusedError(ValueError):
    """The work names a package that cannot belong to it; `code` says why."""

    def __init__(self, code: LinkProblem, account_id: int) -> None:
        super().__init__(f"{code}: account {account_id}")
        self.code = code
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class Work:
    """Billable work that asks to be covered, already rounded.

    `currency` is the one in which the client is invoiced; `package_id` an explicit link to a package;
    `undecided` the code of a choice that another rule found owed (follow-up, handover).
    """

    client_id: int
    worked_on: date
    billed_minutes: int
    currency: str
    service_line_id: int | None = None
    seller_id: int | None = None
    package_id: int | None = None
    undecided: str = ""
    seniority: str = ""
    after_hours: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The state of one account before the work is covered. Validity is inclusive on both ends.

    `factor` is the burn factor where none of `burns` applies to the work (see billing.rules.burn).
    An empty set of service lines admits all work. `awaits_payment` says that the package must be paid before
    use and is not. The overage price is in the account's own currency and tax basis. `recoverable_minutes` expired
    or were carried over when the account ended, and come back for work of a day inside validity.
    """

    id: int
    kind: AccountKind
    client_id: int
    balance_minutes: int
    valid_from: date
    currency: str
    price_includes_tax: bool
    expires_on: date | None = None
    priority: int = 0
    granted: bool = False
    service_line_ids: frozenset[int] = frozenset()
    seller_id: int | None = None
    factor: Decimal = NO_FACTOR
    burns: tuple[Burn, ...] = ()
    factor_on_overage: bool = False
    awaits_payment: bool = False
    overage: OveragePolicy = OveragePolicy.BILL_OVERAGE
    overage_price: HourlyPrice | None = None
    negative_limit_minutes: int = 0
    recoverable_minutes: int = 0

    @property
    def room_minutes(self) -> int:
        """Minutes that can be drawn without going below zero."""
        return 0 if self.awaits_payment else max(0, self.balance_minutes + self.recoverable_minutes)

    @property
    def overdraft_room_minutes(self) -> int:
        """Minutes that can be drawn down to the limit that the overage policy allows."""
        if self.awaits_payment or self.overage is not OveragePolicy.ALLOW_NEGATIVE:
            return self.room_minutes
        return max(0, self.balance_minutes + self.recoverable_minutes + self.negative_limit_minutes)

    def burning(self, work: Work) -> "Account":
        """The account with the one factor that holds for this work."""
        if not self.burns:
            return self
        factor = choose_factor(self.factor, self.burns, seniority=work.seniority, after_hours=work.after_hours)
        return replace(self, factor=factor)

    def after_draw(self, drawn: int) -> "Account":
        """The state after a draw: from the balance first, then out of what comes back, then below zero."""
        back = min(max(0, drawn - max(0, self.balance_minutes)), self.recoverable_minutes)
        return replace(
            self,
            balance_minutes=self.balance_minutes - drawn + back,
            recoverable_minutes=self.recoverable_minutes - back,
        )

    def link_problem(self, work: Work) -> LinkProblem | None:
        """Why this account cannot cover the work whatever its balance, if so."""
        problems = (
            (self.client_id != work.client_id, LinkProblem.FOREIGN),
            (_differ(self.seller_id, work.seller_id), LinkProblem.OTHER_SELLER),
            (work.worked_on < self.valid_from, LinkProblem.NOT_YET_VALID),
            (self.expires_on is not None and self.expires_on < work.worked_on, LinkProblem.EXPIRED),
            (not self._admits(work.service_line_id), LinkProblem.OUT_OF_SCOPE),
        )
        return next((problem for applies, problem in problems if applies), None)

    def _admits(self, service_line_id: int | None) -> bool:
        return not self.service_line_ids or service_line_id in self.service_line_ids


def order_accounts(accounts: Iterable[Account], work: Work) -> list[Account]:
    """The accounts that may cover the work, in cover order: the explicit one, allowances, packages.

    Among each: priority, expiry (never last), granted before paid, valid from, id.
    """
    fitting = [account for account in accounts if account.link_problem(work) is None]
    return sorted(fitting, key=lambda account: (not _is_named(account, work), *_order_key(account)))


def explicit_account(accounts: Iterable[Account], work: Work) -> Account | None:
    """The package that the work names, or none; LinkRefusedError if it cannot belong to the work."""
    if work.package_id is None:
        return None
    named = next((account for account in accounts if _is_named(account, work)), None)
    problem = named.link_problem(work) if named else LinkProblem.FOREIGN
    if problem:
        raise LinkRefusedError(problem, work.package_id)
    return named


def _is_named(account: Account, work: Work) -> bool:
    return account.kind is AccountKind.PACKAGE and account.id == work.package_id


def _order_key(account: Account) -> tuple[bool, int, date, bool, date, int]:
    return (
        account.kind is AccountKind.PACKAGE,
        account.priority,
        account.expires_on or date.max,
        not account.granted,
        account.valid_from,
        account.id,
    )


def _differ(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and one != other
