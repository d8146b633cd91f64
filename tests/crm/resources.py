"""Two resources on real tables, to test the frame of the API apart from any app's own."""

from typing import Any

from django.core.exceptions import ValidationError
from django.urls import include, path
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from clients.models import Client, Contact
from crm.api.filters import RecordFilter
from crm.api.serializers import RecordSerializer
from crm.api.viewsets import RecordViewSet
from crm.web.accounts import SignIn


class ClientFilter(RecordFilter):
    class Meta:
        model = Client
        fields = ["status", "parent", "name"]


class ClientSerializer(RecordSerializer[Client]):
    class Meta:
        model = Client
        guarded = {"debtor_account": "invoice.see"}
        fields = [
            "id",
            "name",
            "status",
            "parent",
            "currency",
            "external_source",
            "external_id",
            "expected_years",
            "expected_years_reason",
            "notes",
            "debtor_account",
            "account_manager",
            "created_at",
            "updated_at",
        ]


class Choice(serializers.Serializer[Any]):
    code = serializers.CharField()


class Clients(RecordViewSet[Client]):
    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    filterset_class = ClientFilter
    search_fields = ["name"]
    ordering_fields = ["name"]
    right = "client"
    rights = {"create": "client.add"}

    @action(detail=True, methods=["post"])
    def refuse(self, _request: Request, **_kwargs: str) -> Response:
        self.get_object()
        raise ValidationError("Refused.", code=self.checked(Choice)["code"])

    @action(detail=True, methods=["post"])
    def rename(self, _request: Request, **_kwargs: str) -> Response:
        client = self.get_object()
        client.name = self.checked(Choice)["code"]
        client.save()
        return Response({"name": client.name})


class ContactSerializer(RecordSerializer[Contact]):
    class Meta:
        model = Contact
        fields = ["id", "client", "last_name", "birthday"]


class Contacts(RecordViewSet[Contact]):
    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    right = "contact"


router = SimpleRouter()
router.register("clients", Clients)
router.register("contacts", Contacts)
urlpatterns = [
    path("api/", include(router.urls)),
    path("api/v1/", include("crm.api.urls")),
    path("sign-in/", include(([path("", SignIn.as_view(), name="sign_in")], "accounts"))),
]
