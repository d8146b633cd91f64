"""The REST resources of the clients floor, by the contract; each module registers its own on the one router."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from clients.api.attention import Interactions, Promises, Tasks
from clients.api.channels import DirectChannelGrants, Inquiries, PersonalRelationships
from clients.api.clients import Clients, Contacts, Designations, Members
from clients.api.complaints import ComplaintReport
from clients.api.erasures import Erasures
from clients.api.firm import BankAccounts, Sellers, ServiceLines, TierPolicies
from clients.api.first_orders import FirstOrders
from clients.api.growth import AdvocacyOfClients, ProactiveActs
from clients.api.imports import Imports
from clients.api.needs import Needs
from clients.api.notices import Notices
from clients.api.profiles import BusinessProfiles, CompetitorsSeen
from clients.api.quality import DataQuality, DistinctPairs
from clients.api.referrals import Referrals
from clients.api.scope import ScopeRequests
from clients.api.treatment import Absences, Complaints, Extras, PraiseOfClients


class Addresses(SimpleRouter):
    """Resources as the router makes them, and the reports, which are no resources."""

    def get_urls(self) -> list[URLPattern | URLResolver]:
        reports: list[URLPattern | URLResolver] = [
            path("reports/data-quality/", DataQuality.as_view(), name="report-data-quality"),
            path("reports/complaints/", ComplaintReport.as_view(), name="report-complaints"),
        ]
        return [*reports, *super().get_urls()]


router = Addresses()
router.register("clients", Clients, "clients")
router.register("contacts", Contacts, "contacts")
router.register("key-client-designations", Designations, "key-client-designations")
router.register("client-members", Members, "client-members")
router.register("interactions", Interactions, "interactions")
router.register("promises", Promises, "promises")
router.register("tasks", Tasks, "tasks")
router.register("service-lines", ServiceLines, "service-lines")
router.register("sellers", Sellers, "sellers")
router.register("bank-accounts", BankAccounts, "bank-accounts")
router.register("tier-policies", TierPolicies, "tier-policies")
router.register("complaints", Complaints, "complaints")
router.register("praise", PraiseOfClients, "praise")
router.register("extras", Extras, "extras")
router.register("referrals", Referrals, "referrals")
router.register("needs", Needs, "needs")
router.register("proactive-acts", ProactiveActs, "proactive-acts")
router.register("first-orders", FirstOrders, "first-orders")
router.register("scope-requests", ScopeRequests, "scope-requests")
router.register("advocacy", AdvocacyOfClients, "advocacy")
router.register("direct-channel-grants", DirectChannelGrants, "direct-channel-grants")
router.register("inquiries", Inquiries, "inquiries")
router.register("personal-relationships", PersonalRelationships, "personal-relationships")
router.register("absences", Absences, "absences")
router.register("business-profiles", BusinessProfiles, "business-profiles")
router.register("competitors-seen", CompetitorsSeen, "competitors-seen")
router.register("imports", Imports, "imports")
router.register("distinct-pairs", DistinctPairs, "distinct-pairs")
router.register("erasures", Erasures, "erasures")
router.register("notices", Notices, "notices")

__all__ = ["router"]
