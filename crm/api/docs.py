"""The description of the API, and the page on which people read and try it; it loads nothing from elsewhere."""

import json
from hashlib import sha256
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from crm.api.etags import is_known


class Description(SpectacularAPIView):
    """Open to everybody: it tells what there is, never what is in it.

    Going through all operations takes seconds of a processor, and the answer is the same until the next start: each
    process writes it once in each language and form, and a browser asks with its ETag whether it has it already.
    """

    permission_classes = [AllowAny]
    written: ClassVar[dict[tuple[str, str], bytes]] = {}

    @extend_schema(exclude=True)
    def get(self, request: Request, *_args: Any, **_kwargs: Any) -> HttpResponseBase:
        asked = request.query_params.get("lang") or get_language()
        language = asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        key = (language, request.accepted_renderer.format)
        if key not in self.written:
            with override(language):
                told = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
            self.written[key] = _written(request, told)
        return self._answer(request, self.written[key])

    @staticmethod
    def _answer(request: Request, content: bytes) -> HttpResponse:
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        if is_known(request, etag):
            return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
        kind = str(request.accepted_media_type)
        headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Disposition": "inline"}
        return HttpResponse(content, content_type=kind, headers=headers)


def _written(request: Request, told: Any) -> bytes:
    """As its renderer writes it; JSON without the blanks that make two thirds of it."""
    written = request.accepted_renderer.render(told, renderer_context={})
    if "json" in str(request.accepted_media_type):
        return json.dumps(json.loads(written), ensure_ascii=False, separators=(",", ":")).encode()
    return written.encode() if isinstance(written, str) else written


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Open to everybody, as the description itself is: it tells what there is, never what is in it."""
    return render(request, "api/docs.html")
