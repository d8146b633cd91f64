"""Bank statements: the entries and what became of them, a file on its way in, the columns of an account's CSV."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.filters.bank import TO_DO, EntryListFilter
from billing.forms.bank import AcceptForm, BankFileForm, ColumnsForm
from billing.models import BankColumns, BankEntry, BankFile, BankStatement
from billing.services.bank_statements import accept_statement, discard_statement, problem_of
from billing.services.bank_uploads import HandedIn, hand_in_file, reading_of, set_aside
from clients.models import BankAccount
from clients.views.acting import act_once, answer, attempt, valued_page
from crm.access import may
from crm.db import worded
from crm.web.forms import posted
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

STATEMENT, IMPORT = "billing/bank_statement.html", "billing/bank_import.html"


@require_safe
@requires("bank.see")
def bank_list(request: SignedIn) -> HttpResponse:
    """What waits for a person, unless another state is asked for."""
    rows = BankEntry.objects.visible_to(request.user).taken_in().select_related("account__seller", "client")
    asked = request.GET.copy()
    asked.setdefault("state", TO_DO)
    filtered = EntryListFilter(asked, queryset=rows, request=request)
    statements = BankStatement.objects.visible_to(request.user).select_related("account__seller", "made_by")
    context: dict[str, Any] = {
        "filter": filtered,
        "page": valued_page(request, filtered.qs if filtered.is_valid() else rows.none()),
        "is_filtered": bool({*request.GET} - {"page"}),
        "files": BankFile.objects.visible_to(request.user).to_show().defer("content"),
        "staged": statements.filter(state=BankStatement.State.STAGED),
        "newest": statements.filter(state=BankStatement.State.ACCEPTED)[:5],
        "accounts": BankAccount.objects.filter(seller__is_active=True).select_related("seller"),
        "may_change": may(request.user, "bank.change"),
    }
    return page(request, "billing/bank_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("bank.change")
def bank_import(request: SignedIn) -> HttpResponse:
    """Reads a file and shows what it holds; nothing is posted before somebody takes it in."""
    form = BankFileForm(posted(request), request.FILES or None)
    made = attempt(form, lambda: _handed_in(request, form)) if form.is_valid() else None
    if made is not None and made.file is not None:
        return redirect("billing:bank_file", made.file.pk)
    if made is not None:
        flash(request, _("The file is read.") if made.is_new else _("This file was read before; nothing has changed."))
        return redirect("billing:bank_statement", made.statements[0].pk)
    return (respond_422 if form.is_bound else page)(request, IMPORT, {"form": form}, fragment="dialog")


@require_safe
@requires("bank.see")
def bank_file(request: SignedIn, pk: int) -> HttpResponse:
    """How far a worker has read a long file; then its statement, or why it was refused."""
    file = get_object_or_404(
        BankFile.objects.visible_to(request.user).defer("content").select_related("made_by"), pk=pk
    )
    if statement := file.statement:
        return redirect("billing:bank_statement", statement.pk)
    if file.state == BankFile.State.READ:
        return redirect("billing:bank_list")
    context = {"file": file, "reading": reading_of(file), "may_change": may(request.user, "bank.change")}
    return page(request, "billing/bank_file.html", context, fragment="body")


@require_POST
@requires("bank.change")
def bank_file_discard(request: SignedIn, pk: int) -> HttpResponse:
    """Puts a file aside that was refused."""
    file = get_object_or_404(BankFile.objects.visible_to(request.user).defer("content"), pk=pk)
    back = reverse("billing:bank_list")
    done = act_once(request, lambda: set_aside(file), _("Put aside; nothing was posted."), fallback=back)
    return done if BankFile.objects.filter(pk=pk).exists() else redirect(back)


@require_safe
@requires("bank.see")
def bank_statement(request: SignedIn, pk: int) -> HttpResponse:
    return page(request, STATEMENT, _context(request, _statement(request, pk)), fragment="body")


@require_POST
@requires("bank.change")
def bank_accept(request: SignedIn, pk: int) -> HttpResponse:
    """Takes a statement in; one that is held needs a reason."""
    row = _statement(request, pk)
    form = AcceptForm(request.POST, is_held=bool(row.problem))
    done = None
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        done = attempt(form, lambda: accept_statement(row, reason=reason, by=request.user, at=timezone.now()))
    if done is None:
        return respond_422(request, STATEMENT, _context(request, row) | {"form": form}, fragment="body")
    flash(request, _("The statement is taken in."))
    return redirect("billing:bank_statement", pk)


@require_POST
@requires("bank.change")
def bank_discard(request: SignedIn, pk: int) -> HttpResponse:
    row = _statement(request, pk)
    back = reverse("billing:bank_list")
    done = act_once(request, lambda: discard_statement(row), _("Thrown away; nothing was posted."), fallback=back)
    return done if BankStatement.objects.filter(pk=pk).exists() else redirect(back)


@require_http_methods(["GET", "POST"])
@requires("bank.change")
def bank_columns(request: SignedIn, pk: int) -> HttpResponse:
    """Which columns of this account's CSV hold what."""
    account = get_object_or_404(BankAccount.objects.select_related("seller"), pk=pk)
    saved = BankColumns.objects.filter(account=account).first() or BankColumns(account=account)
    form = ColumnsForm(posted(request), instance=saved)
    return answer(
        request,
        form,
        lambda: _kept(form),
        template="billing/bank_columns.html",
        context={"account": account},
        said=lambda _row: _("The columns are kept."),
        fallback=reverse("billing:bank_list"),
    )


def _kept(form: ColumnsForm) -> BankColumns:
    with worded():
        kept: BankColumns = form.save()
        return kept


def _handed_in(request: SignedIn, form: BankFileForm) -> HandedIn:
    file, account = form.cleaned_data["file"], form.cleaned_data["account"]
    return hand_in_file(file.read(), file_name=file.name, account=account, by=request.user)


def _statement(request: SignedIn, pk: int) -> BankStatement:
    """One that waits is held by what was taken in until now, not until its file was read."""
    rows = BankStatement.objects.visible_to(request.user)
    row = get_object_or_404(rows.with_pending().select_related("account__seller", "made_by"), pk=pk)
    if row.state == BankStatement.State.STAGED:
        row.problem = problem_of(row)
    return row


def _context(request: SignedIn, row: BankStatement) -> dict[str, Any]:
    pending, total = row.pending_count, row.line_count - row.known_count
    return {
        "pending": pending,
        "counting": "counting" in request.GET,
        "total": total,
        "matched": total - pending,
        "statement": row,
        "staged": row.state == BankStatement.State.STAGED,
        "form": AcceptForm(is_held=bool(row.problem)),
        "page": valued_page(request, row.entries.select_related("client").order_by("booked_on", "line", "pk")),
        "others": BankStatement.objects.filter(sha256=row.sha256).exclude(pk=row.pk).select_related("account"),
        "may_change": may(request.user, "bank.change"),
    }
