"""Makes the whole demo in one transaction: firm, clients, books, attention, surveys; then the figures from them."""

from datetime import datetime
from random import Random

from django.conf import settings
from django.db import transaction

from billing.services.firm import start_firm
from billing.services.revenue import rebuild_revenue
from billing.services.rollups import rebuild_work
from clients.models import Client, Seller
from crm.demo.abroad import make_services_abroad
from crm.demo.advance_vat import make_advance_vat
from crm.demo.agreements import make_agreements
from crm.demo.attachments import make_attachments
from crm.demo.attention import make_attention
from crm.demo.bank import make_bank
from crm.demo.boundaries import make_boundaries
from crm.demo.care import make_care
from crm.demo.channels import make_channels
from crm.demo.chasing import make_chasing
from crm.demo.clients import make_clients
from crm.demo.early_warnings import make_early_warnings
from crm.demo.endings import end_invoices
from crm.demo.erasures import make_erasures
from crm.demo.firm import dress_sellers, make_firm
from crm.demo.first_orders import make_first_orders
from crm.demo.fixed import make_fixed_prices
from crm.demo.growth import make_growth
from crm.demo.ideas import make_ideas
from crm.demo.invoices import make_invoices
from crm.demo.knowing import hold_tests
from crm.demo.measures import make_measures
from crm.demo.monthly import make_monthly
from crm.demo.offers import freeze_offers, make_waiting_offers
from crm.demo.profiles import make_profiles, tell_clients_apart
from crm.demo.retainers import draft_running_fees
from crm.demo.scale import SCALES
from crm.demo.service_acts import make_service_acts
from crm.demo.successions import make_successions
from crm.demo.surveys import make_surveys
from crm.demo.work import make_work
from crm.demo.world import World


class AlreadySeededError(Exception):
    """The firm has clients; a demo is only put into an empty one."""


@transaction.atomic
def seed(*, scale: str, number: int, at: datetime) -> World:
    """Rows of the scale, the same for the same number and day. Raises AlreadySeededError for a firm with clients."""
    if Client.objects.exists():
        raise AlreadySeededError
    start_firm(at=at, with_passwords=settings.DEBUG)
    dress_sellers()
    sellers = {seller.country: seller for seller in Seller.objects.filter(code__in=["de", "ru"])}
    world = World(SCALES[scale], at.date(), at, Random(number), sellers=sellers)
    make_firm(world)
    make_clients(world)
    ended = make_invoices(world, make_work(world))
    make_waiting_offers(world)
    make_attention(world)
    make_surveys(world)
    world.flush()
    freeze_offers()
    make_care(world)
    rebuild_revenue()
    rebuild_work()
    end_invoices(world, ended)
    make_chasing(world)
    make_papers_of_money(world)
    make_agreements(world)
    make_fixed_prices(world)
    draft_running_fees(world)
    hold_tests(world)
    make_first_orders(world)
    make_growth(world)
    make_boundaries(world)
    make_channels(world)
    make_ideas(world)
    make_measures(world)
    make_profiles(world)
    tell_clients_apart(world)
    make_successions(world)
    make_erasures(world)
    make_early_warnings(world)
    make_services_abroad(world)
    make_papers_of_clients(world)
    return world


def make_papers_of_money(world: World) -> None:
    """What follows the documents: acts, statements of the bank, VAT invoices for money ahead."""
    make_service_acts(world)
    make_bank(world)
    make_advance_vat(world)


def make_papers_of_clients(world: World) -> None:
    """What clients were sent each month, and the files that are kept with them."""
    make_monthly(world)
    make_attachments(world)
