"""Addresses of the shell and of one's own account (`accounts:`)."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from crm.web import accounts, views

account_patterns = (
    [
        path("sign-in/", accounts.SignIn.as_view(), name="sign_in"),
        path("sign-out/", LogoutView.as_view(), name="sign_out"),
        path("password/", accounts.PasswordChange.as_view(), name="password_change"),
        path("password/reset/", accounts.PasswordReset.as_view(), name="password_reset"),
        path("password/reset/sent/", accounts.password_reset_sent, name="password_reset_sent"),
        path(
            "password/reset/<uidb64>/<token>/",
            accounts.PasswordResetConfirm.as_view(),
            name="password_reset_confirm",
        ),
        path("invitation/<str:secret>/", accounts.invitation, name="invitation"),
        path("profile/", accounts.profile, name="profile"),
        path("theme/", accounts.theme, name="theme"),
        path("language/", accounts.language, name="language"),
        path("tokens/new/", accounts.token_new, name="token_new"),
        path("tokens/<int:pk>/revoke/", accounts.token_revoke, name="token_revoke"),
    ],
    "accounts",
)

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search_page, name="search"),
    path("badges/", views.badges, name="badges"),
    path("more/", views.more, name="more"),
    path("healthz/", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
    path("account/", include(account_patterns)),
]
