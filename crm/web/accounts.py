"""One's own account: in and out, passwords, invitation, profile, theme, language, API tokens."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.links import find_link, log_opening
from crm.models import ApiToken, SignedLink, User
from crm.tokens import make_token, revoke_token
from crm.web.account_forms import DEMO_PASSWORD, NewPasswordForm, ProfileForm, ResetForm, SignInForm, TokenForm
from crm.web.fragments import back_url, flash, page, respond_422
from crm.web.navigation import leading_role, profile_parts
from crm.web.rights import SignedIn, signed_in

DEMO_PEOPLE = ("partner", "manager", "consultant", "finance")
LANGUAGE_KEPT = timedelta(days=365)


class Unprocessable:
    """Django's form views answer 200 to a wrong form and take PUT for POST; ours answer as everywhere."""

    http_method_names: Sequence[str] = ["get", "post", "head", "options"]

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response


class SignIn(Unprocessable, views.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "demo_people": demo_people(),
            "demo_password": DEMO_PASSWORD,
            "is_first": not self.request.POST,
        }


class PasswordReset(Unprocessable, views.PasswordResetView):
    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/mail/password_reset.txt"
    subject_template_name = "accounts/mail/password_reset_subject.txt"
    form_class = ResetForm
    success_url = reverse_lazy("accounts:password_reset_sent")


class PasswordResetConfirm(Unprocessable, views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    form_class = NewPasswordForm
    post_reset_login = False
    success_url = reverse_lazy("accounts:sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        flash(self.request, _("Your new password is set. Sign in with it."))
        return super().form_valid(form)


class PasswordChange(Unprocessable, views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:profile")

    def form_valid(self, form: Any) -> HttpResponse:
        flash(self.request, _("Your password is changed. Other devices are signed out."))
        return super().form_valid(form)


def demo_people() -> list[User]:
    """The four demo logins, offered only where they work."""
    if not (settings.DEBUG and settings.DEMO):
        return []
    found = {person.username: person for person in User.objects.filter(username__in=DEMO_PEOPLE, is_active=True)}
    return [found[name] for name in DEMO_PEOPLE if name in found]


@login_not_required
@require_safe
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    """Says the same for known and unknown addresses, so that nobody learns who has an account."""
    return render(request, "accounts/password_reset_sent.html")


def locked_out(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: too many wrong passwords."""
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    return render(request, "429.html", {"minutes": minutes}, status=HTTPStatus.TOO_MANY_REQUESTS)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """A signed link: the page on GET, the first password and sign-in on POST."""
    now = timezone.now()
    link = find_link(secret, SignedLink.Purpose.INVITATION, at=now)
    person = User.objects.filter(pk=link.subject_id, is_active=True).first() if link and not link.used_at else None
    if link is None or person is None:
        return render(request, "accounts/invitation_ended.html", status=HTTPStatus.GONE)
    log_opening(link, request, at=now)
    form = NewPasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return accept_invitation(request, link, form, at=now)
    answer = respond_422 if form.errors else page
    return answer(request, "accounts/invitation.html", {"form": form, "person": person})


def accept_invitation(request: HttpRequest, link: SignedLink, form: NewPasswordForm, *, at: datetime) -> HttpResponse:
    """Once: the link is spent before the password is set."""
    if not SignedLink.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise Http404
    person = form.save()
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    flash(request, _("Welcome. Look through your profile, then start."))
    return redirect("accounts:profile")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: SignedIn) -> HttpResponse:
    person = request.user
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=person.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        flash(request, _("Your profile is saved."))
        return redirect("accounts:profile")
    parts = profile_parts() if leading_role(person) else []
    context = {"form": form, "tokens": person.tokens.filter(revoked_at=None), "parts": parts}
    return (respond_422 if form.errors else page)(request, "accounts/profile.html", context)


@require_POST
@signed_in
def theme(request: SignedIn) -> HttpResponse:
    """Light or dark from the shell's button; the profile also knows "as the device"."""
    person = request.user
    chosen = request.POST.get("theme") or ("light" if person.theme == User.Theme.DARK else "dark")
    if chosen not in User.Theme.values:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    User.objects.filter(pk=person.pk).update(theme=chosen)
    return redirect(back_url(request, "/"))


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of a stranger in a cookie, of a member in the profile."""
    chosen = request.POST.get("language", "")
    if chosen not in User.Language.values:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    response = redirect(back_url(request, "/"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=LANGUAGE_KEPT, samesite="Lax", secure=settings.SECURE
    )
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def token_new(request: SignedIn) -> HttpResponse:
    return new_token(request, request.user, back=reverse("accounts:profile"))


def new_token(request: SignedIn, person: User, *, back: str) -> HttpResponse:
    """The key is shown once, on the page that answers the POST, and never again."""
    today = timezone.localdate()
    form = TokenForm(request.POST or None, today=today, initial={"expires_on": today + timedelta(days=90)})
    context: dict[str, Any] = {"form": form, "person": person, "back": back}
    if request.method == "POST" and form.is_valid():
        until = datetime.combine(form.cleaned_data["expires_on"], time.max, timezone.get_current_timezone())
        made, key = make_token(person, name=form.cleaned_data["name"], at=timezone.now(), expires_at=until)
        return page(request, "accounts/token_made.html", context | {"made": made, "key": key}, fragment="dialog")
    return (respond_422 if form.errors else page)(request, "accounts/token_new.html", context, fragment="dialog")


@require_POST
@signed_in
def token_revoke(request: SignedIn, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    revoke_token(token, at=timezone.now())
    flash(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("accounts:profile")
