"""The description of the API in OpenAPI: every operation with its right, its headers and the one shape of errors."""

from inspect import cleandoc
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from crm.api.parameters import Nothing


class ErrorSerializer(serializers.Serializer[Any]):
    """`attr` names the field; `code` is for programs, `detail` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class ErrorsSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(["validation_error", "client_error", "server_error"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # a field of our own by that name


KEY = OpenApiParameter(
    "Idempotency-Key",
    location=OpenApiParameter.HEADER,
    description="The same key and body give the same answer for 24 hours; another body 409.",
)
MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag that was read; 412 when the object has changed since.",
)
REFUSALS = {"get": (), "post": (400, 409, 413), "put": (400, 409, 412), "patch": (400, 409, 412), "delete": (409, 412)}


class ApiSchema(AutoSchema):
    """REST_FRAMEWORK's DEFAULT_SCHEMA_CLASS."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0] or "api"]

    def get_override_parameters(self) -> list[Any]:
        """The headers of the house, and what a GET asks for beside filters and pages."""
        single = "{" in self.path
        match self.method:
            case "GET":
                asks = getattr(self.view, "asks", Nothing)
                return [] if asks is Nothing else [asks]
            case "POST":
                return [KEY, MATCH] if single else [KEY]
            case "PUT" | "PATCH" | "DELETE":
                return [MATCH]
        return []

    def get_description(self) -> str:  # type: ignore[override]
        """What the extra action or the resource itself says, never what a base class tells its authors."""
        action = getattr(self.view, str(vars(self.view).get("action")), None)
        said = action.__doc__ if hasattr(action, "mapping") else vars(type(self.view)).get("__doc__")
        right = self._right()
        return "\n\n".join(filter(None, [cleandoc(said or ""), right and f"Right: `{right}`."]))

    def _right(self) -> str:
        ask = getattr(self.view, "right_for", None)
        request = getattr(self.view, "request", None)
        if ask is None or request is None:
            return getattr(self.view, "right", "")
        request.method = self.method
        return str(ask(request))

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction=direction)
        if direction == "response" and self.get_auth():
            codes = (401, 403, *((404,) if "{" in self.path else ()), *REFUSALS.get(self.method.lower(), ()), 429)
            refused = self._get_response_for_code(ErrorsSerializer, "4XX")  # type: ignore[no-untyped-call]
            bodies |= {str(code): refused for code in codes if str(code) not in bodies}
        return bodies


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "crm.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <key>`, made in one's profile or by `manage.py create_api_token`.",
        }
