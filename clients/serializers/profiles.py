"""Business profiles and competitors seen, through the API."""

from typing import Any

from django.utils import timezone

from clients.models import BusinessProfile, CompetitorSeen
from clients.models.profile import PARTS
from clients.services.profiles import stale_after
from crm.api.serializers import RecordSerializer


class ProfileSerializer(RecordSerializer[BusinessProfile]):
    """`stale_on` is left out: as many days after `reviewed_on` as the policy of care says."""

    class Meta:
        model = BusinessProfile
        fields = ["id", "client", *PARTS, "reviewed_on", "stale_on", "written_by", "created_at", "updated_at"]
        read_only_fields = ["written_by"]
        extra_kwargs = {"reviewed_on": {"required": False}, "stale_on": {"required": False}}

    def validate(self, attrs: Any) -> Any:
        """A new one is true as of today and holds as long as the policy says, unless something else is said."""
        if not isinstance(self.instance, BusinessProfile):
            attrs.setdefault("reviewed_on", timezone.localdate())
            attrs.setdefault("stale_on", stale_after(attrs["reviewed_on"]))
        return super().validate(attrs)


class CompetitorSerializer(RecordSerializer[CompetitorSeen]):
    class Meta:
        model = CompetitorSeen
        fields = ["id", "client", "name", "seen_on", "note", "logged_by", "created_at", "updated_at"]
        read_only_fields = ["logged_by"]
