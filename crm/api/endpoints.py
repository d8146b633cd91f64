"""The frame of every API view: one transaction for each unsafe request, idempotency keys, checked bodies."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView

from crm.api.errors import TooLarge
from crm.api.fields import base64_length
from crm.api.idempotency import answer_once, claim_key, keep_answer
from crm.api.parameters import Nothing, check_names
from crm.models import IdempotencyKey


class Framed(APIView):
    """Base of viewsets and plain endpoints; `right` names the right of the latter.

    `asks` are the parameters of a GET beside filters and pages: described in OpenAPI, read by `asked`, and what is
    none of them is refused. `file_bytes` says by action how large a file inside its JSON body may be: that much more
    is read, as base64, than of any other body.
    """

    asks: ClassVar[type[Serializer[Any]]] = Nothing
    file_bytes: ClassVar[Mapping[str, int]] = {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's own frame, with the handler run by `_answer`."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        self.claim: IdempotencyKey | None = None
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._answer(self.request)
        except Exception as exc:
            response = self._refuse(exc)
        self.response = self.finalize_response(self.request, cast("Response", response), *args, **kwargs)
        return self.response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > self._most_bytes():
            raise TooLarge

    def _most_bytes(self) -> int:
        file = self.file_bytes.get(getattr(self, "action", None) or "", 0)
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE + base64_length(file)

    def _answer(self, request: Request) -> HttpResponseBase:
        method = (request.method or "").lower()
        known = method in self.http_method_names
        handler = getattr(self, method, self.http_method_not_allowed) if known else self.http_method_not_allowed
        if request.method in SAFE_METHODS or handler == self.http_method_not_allowed:
            if method in ("get", "head") and handler != self.http_method_not_allowed:
                check_names(self, request)
            return handler(request, *self.args, **self.kwargs)
        at = timezone.now()
        self.claim = claim_key(request, at=at)
        return answer_once(self.claim, lambda: handler(request, *self.args, **self.kwargs), at=at)

    def _refuse(self, exc: Exception) -> HttpResponseBase:
        """The worded refusal; it is the answer to its idempotency key as well."""
        try:
            response = self.handle_exception(exc)
        except Exception:
            self._give_back_claim()
            raise
        if self.claim is not None and self.claim.answered_at is None:
            keep_answer(self.claim, response, at=timezone.now())
        return response

    def _give_back_claim(self) -> None:
        if self.claim is not None and self.claim.answered_at is None:
            self.claim.delete()

    def asked(self) -> dict[str, Any]:
        """The parameters of the address, checked by `asks`; a wrong one answers 400 with its name."""
        question = self.asks(data=self.request.query_params, context={"request": self.request, "view": self})
        question.is_valid(raise_exception=True)
        return cast("dict[str, Any]", question.validated_data)

    def checked[S: BaseSerializer[Any]](self, serializer: type[S], **kwargs: Any) -> dict[str, Any]:
        """The request's body, checked by a serializer; a wrong body answers 400 with the field named."""
        asked = serializer(data=self.request.data, context={"request": self.request, "view": self}, **kwargs)
        asked.is_valid(raise_exception=True)
        body: dict[str, Any] = asked.validated_data
        return body
