"""The REST resources of the clients floor, by the contract; each module registers its own on the one router."""

from rest_framework.routers import SimpleRouter

from clients.api.attention import Interactions, Promises, Tasks
from clients.api.clients import Clients, Contacts, Designations, Members
from clients.api.firm import BankAccounts, Sellers, ServiceLines, TierPolicies

router = SimpleRouter()
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

__all__ = ["router"]
