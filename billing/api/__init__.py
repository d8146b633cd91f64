"""The REST resources of billing; each module registers its own on the one router."""

from rest_framework.routers import SimpleRouter

from billing.api.time import TimeEntries

router = SimpleRouter()
router.register("time-entries", TimeEntries, "time-entries")

__all__ = ["router"]
