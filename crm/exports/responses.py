"""An export as an answer: a file named by RFC 6266, and an entry in the trail that it was taken."""

from django.db import models
from django.http import FileResponse, Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from crm.exports.columns import Table
from crm.exports.delimited import write_csv
from crm.exports.dialects import Dialect, dialect_for
from crm.exports.rows import Rows
from crm.exports.sheets import write_xlsx
from crm.trail import note_act

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def export_response(
    request: HttpRequest,
    rows: Rows,
    table: Table,
    *,
    form: str,
    dialect: Dialect | None = None,
    of: type[models.Model] | None = None,
) -> FileResponse:
    """The rows as `csv` or `xlsx` in the reader's language; `?headers=names` asks for the machine's form.

    Rows that were computed come as a sequence and name the model `of` which they tell.

    Raises Http404 for another form. The rows must already be limited to what the person may see.
    """
    if form not in TYPES:
        raise Http404
    for_machines = request.GET.get("headers") == "names"
    chosen = dialect or (Dialect() if for_machines else dialect_for(get_language() or "en"))
    now = timezone.now()
    note_act("export", of or _model_of(rows), at=now, detail={"form": form, "query": request.GET.urlencode()[:1000]})
    file = (write_csv if form == "csv" else write_xlsx)(rows, table, chosen)
    name = f"{table.name}-{timezone.localtime(now):%Y-%m-%d}.{form}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[form])


def _model_of(rows: Rows) -> type[models.Model]:
    if not isinstance(rows, models.QuerySet):
        raise TypeError("computed rows do not know their model: say `of`")
    return rows.model
