"""Who may see what something costs: a client's prices, for those who see that client in full."""

from typing import TYPE_CHECKING

from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.db.models.expressions import Combinable

from billing.models.seen import of_open
from clients.models import Client, Seller
from crm.access import Role

if TYPE_CHECKING:
    from crm.models import User


def price_shown(user: "User") -> Combinable:
    """Whether the person may see the prices of a row with `client` and `seller`; one subquery for a whole list.

    Partners and finance see all, account managers those of own clients, consultants those of clients they work for
    while the seller lets them.
    """
    if user.is_in(Role.PARTNER, Role.FINANCE):
        return Value(value=True, output_field=BooleanField())
    open_client = of_open(user)
    if not user.is_in(Role.ACCOUNT_MANAGER):
        open_client &= Q(seller__consultants_see_rates=True)
    return ExpressionWrapper(open_client, output_field=BooleanField())


def shows_price(user: "User", *, client: Client, seller: Seller) -> bool:
    """The same for one client, which the person is known to see at all, as a rule without asking the database."""
    if user.is_in(Role.PARTNER, Role.FINANCE):
        return True
    if user.is_in(Role.ACCOUNT_MANAGER):
        return client.is_owned_by(user) or Client.objects.open_to(user).with_merged().filter(pk=client.pk).exists()
    return seller.consultants_see_rates
