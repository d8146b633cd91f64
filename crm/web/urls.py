"""Addresses of the shell, of one's own account (`accounts:`) and of the firm's settings (`crm:`)."""

from django.contrib.auth.views import LogoutView
from django.urls import include, path

from crm.web import accounts, audit, calendar, firm, jobs, people, views, webhooks
from crm.web.rights import signed_in
from crm.web.settings_index import settings_page

account_patterns = (
    [
        path("sign-in/", accounts.SignIn.as_view(), name="sign_in"),
        path("sign-out/", signed_in(LogoutView.as_view()), name="sign_out"),
        path("password/", signed_in(accounts.PasswordChange.as_view()), name="password_change"),
        path("password/reset/", accounts.PasswordReset.as_view(), name="password_reset"),
        path("password/reset/sent/", accounts.password_reset_sent, name="password_reset_sent"),
        path(
            "password/reset/<uidb64>/<token>/",
            accounts.PasswordResetConfirm.as_view(),
            name="password_reset_confirm",
        ),
        path("invitation/<str:secret>/", accounts.invitation, name="invitation"),
        path("profile/", accounts.profile, name="profile"),
        path("calendar/", calendar.calendar, name="calendar"),
        path("calendar/new/", calendar.calendar_new, name="calendar_new"),
        path("calendar/<int:pk>/revoke/", calendar.calendar_revoke, name="calendar_revoke"),
        path("theme/", accounts.theme, name="theme"),
        path("language/", accounts.language, name="language"),
        path("tokens/new/", accounts.token_new, name="token_new"),
        path("tokens/<int:pk>/revoke/", accounts.token_revoke, name="token_revoke"),
    ],
    "accounts",
)

office_patterns = (
    [
        path("settings/", settings_page, name="settings"),
        path("settings/firm/", firm.firm, name="firm"),
        path("settings/people/", people.people, name="people"),
        path("settings/people/export.<str:form>", people.people_export, name="people_export"),
        path("settings/people/invite/", people.person_invite, name="person_invite"),
        path("settings/people/<int:pk>/", people.person, name="person"),
        path("settings/people/<int:pk>/invite/", people.person_invite_again, name="person_invite_again"),
        path("settings/people/<int:pk>/hand-over/", people.person_hand_over, name="person_hand_over"),
        path("settings/people/<int:pk>/take-back/", people.person_take_back, name="person_take_back"),
        path("settings/people/<int:pk>/tokens/new/", people.person_token_new, name="person_token_new"),
        path(
            "settings/people/<int:pk>/tokens/<int:token>/revoke/",
            people.person_token_revoke,
            name="person_token_revoke",
        ),
        path("settings/audit/", audit.audit, name="audit"),
        path("settings/audit/export.<str:form>", audit.audit_export, name="audit_export"),
        path("settings/jobs/", jobs.jobs, name="jobs"),
        path("settings/jobs/<slug:code>/run/", jobs.job_ask, name="job_ask"),
        path("settings/jobs/runs/<int:pk>/", jobs.job_run, name="job_run"),
        path("settings/webhooks/", webhooks.webhooks, name="webhooks"),
        path("settings/webhooks/new/", webhooks.webhook_new, name="webhook_new"),
        path("settings/webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
        path("settings/webhooks/<int:pk>/edit/", webhooks.webhook_edit, name="webhook_edit"),
        path("settings/webhooks/<int:pk>/test/", webhooks.webhook_test, name="webhook_test"),
        path("settings/webhooks/<int:pk>/pause/", webhooks.webhook_pause, name="webhook_pause"),
        path("settings/webhooks/<int:pk>/replay/", webhooks.webhook_replay, name="webhook_replay"),
        path("settings/webhooks/<int:pk>/delete/", webhooks.webhook_delete, name="webhook_delete"),
        path("history/<slug:table>/<int:pk>/", audit.history, name="history"),
    ],
    "crm",
)

urlpatterns = [
    path("", include(office_patterns)),
    path("", views.home, name="home"),
    path("search/", views.search_page, name="search"),
    path("badges/", views.badges, name="badges"),
    path("more/", views.more, name="more"),
    path("healthz/", views.healthz, name="healthz"),
    path("calendar/<str:secret>/anchor.ics", calendar.calendar_feed, name="calendar_feed"),
    path("robots.txt", views.robots, name="robots"),
    path("account/", include(account_patterns)),
]
