"""All settings, read from the environment once; the defaults make a safe local product."""

from pathlib import Path

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _
from environs import Env

from crm.web.security import CONTENT_SECURITY_POLICY

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "insecure-local-key" if DEBUG else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
BASE_URL = env.str("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
REDIS_URL = env.str("REDIS_URL", "")
DEMO = env.bool("DEMO", False)
# The tax service's schema of the Russian UPD, where the firm has it: files that it refuses are not made.
UPD_SCHEMA = Path(given) if (given := env.str("UPD_SCHEMA", "")) else None

INSTALLED_APPS = [
    "crm",
    "clients",
    "billing",
    "loyalty",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "django_filters",
    "pgtrigger",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "crm.web.middleware.AnswersMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.web.middleware.PreferencesMiddleware",
    "crm.web.middleware.AuditMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.web.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.l10n",
                "django.templatetags.static",
                "crm.templatetags.formats",
                "crm.templatetags.marks",
                "crm.templatetags.components",
                "crm.templatetags.kept",
                "crm.templatetags.steady",
                "clients.templatetags.clients",
                "clients.templatetags.card",
                "clients.templatetags.growth",
                "clients.templatetags.promised",
                "clients.templatetags.worth",
                "loyalty.templatetags.grids",
            ],
        },
    },
]
FORM_RENDERER = "crm.web.forms.Renderer"

DATABASES = {
    "default": {
        **env.dj_db_url("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/anchor"),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
    },
}
CACHES = {
    "default": {
        "BACKEND": "crm.cache.ForgetfulCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
    if REDIS_URL.startswith("redis")
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "crm.web.accounts.locked_out"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "Europe/Berlin")
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

DOCUMENT_FONTS = BASE_DIR / "vendor" / "fonts"
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
# Without a default storage: files are rows, so that many web nodes share nothing but the database.
STORAGES = {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024

MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.str("EMAIL_HOST"),
            "port": env.int("EMAIL_PORT", 587),
            "username": env.str("EMAIL_USER", ""),
            "password": env.str("EMAIL_PASSWORD", ""),
            "use_tls": env.bool("EMAIL_TLS", True),
        },
    }
    if env.str("EMAIL_HOST", "")
    else {
        "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
        "OPTIONS": {"file_path": str(DATA_DIR / "mail")},
    },
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "anchor@localhost")

WEBHOOKS_TO_PRIVATE = env.bool("WEBHOOKS_TO_PRIVATE", False)

SECURE = BASE_URL.startswith("https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = CONTENT_SECURITY_POLICY

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "crm.api.permissions.RightPermission",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["crm.api.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "crm.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": [
        "crm.api.filters.Narrowing",
        "rest_framework.filters.SearchFilter",
        "crm.api.filters.Sorting",
    ],
    "DEFAULT_SCHEMA_CLASS": "crm.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "crm.api.errors.handle",
    "COERCE_DECIMAL_TO_STRING": True,
    "DEFAULT_THROTTLE_CLASSES": ["crm.api.throttling.Limits"],
    "DEFAULT_THROTTLE_RATES": {
        "burst": env.str("API_BURST", "1200/min"),
        "sustained": env.str("API_SUSTAINED", "30000/hour"),
        "anonymous": env.str("API_ANONYMOUS", "60/min"),
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Anchor API",
    "DESCRIPTION": "Clients, promises, hours, invoices and loyalty of a consulting firm.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATION_PARAMETERS": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "crm.settings.LANGUAGES",
        "PersonLanguageEnum": "crm.models.User.Language",
        "PromiseSourceEnum": "clients.models.Promise.Source",
        "CloseReasonEnum": "billing.models.offers.Offer.CloseReason",
        "DocumentStatusEnum": "billing.models.invoices.Invoice.Status",
        "LedgerKindEnum": "billing.models.hours.LedgerRow.Kind",
        "LockKindEnum": "billing.models.locks.PeriodLock.Kind",
        "PackageKindEnum": "billing.models.packages.HourPackage.Kind",
        "CoverageSourceEnum": "billing.models.time.Coverage.Source",
    },
}

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", REDIS_URL or "memory://")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 1}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "retry-forgotten-jobs": {"task": "crm.tasks.retry_forgotten_jobs", "schedule": crontab(minute="*/10")},
    "give-sign": {"task": "crm.tasks.give_sign", "schedule": 60.0},
    "begin-waiting-jobs": {"task": "crm.tasks.begin_waiting_jobs", "schedule": 60.0},
    "send-invitations": {"task": "crm.tasks.send_invitations", "schedule": crontab(minute="*/5")},
    "tell-webhooks": {"task": "crm.tasks.tell_webhooks", "schedule": 10.0},
    "forget-old-deliveries": {"task": "crm.tasks.forget_old_deliveries", "schedule": crontab(hour=4, minute=10)},
    "clients-nightly": {
        "task": "crm.tasks.start_job",
        "schedule": crontab(hour=1, minute=30),
        "args": ("clients_nightly",),
    },
    "escalate-missed-promises": {
        "task": "clients.tasks.escalate_missed_promises",
        "schedule": crontab(minute="*/15"),
    },
    "tell-people": {"task": "clients.tasks.tell_people", "schedule": 20.0},
    "send-digests": {"task": "clients.tasks.send_digests", "schedule": crontab(minute="*/10")},
    "refresh-loyalty": {
        "task": "crm.tasks.start_job",
        "args": ["loyalty_figures"],
        "schedule": crontab(hour=2, minute=40),
    },
    "refresh-nps": {"task": "loyalty.tasks.refresh_nps_today", "schedule": crontab(minute="*/15")},
    "send-surveys": {"task": "loyalty.tasks.send_surveys", "schedule": crontab(minute="*/5")},
    "ask-after-deliveries": {
        "task": "loyalty.tasks.ask_after_deliveries_today",
        "schedule": crontab(hour=9, minute=35),
    },
    "ask-again": {"task": "loyalty.tasks.ask_again_today", "schedule": crontab(hour=9, minute=50)},
    "remind-survey-people": {"task": "loyalty.tasks.remind_survey_people", "schedule": crontab(hour=10, minute=5)},
    "forget-old-answers": {"task": "crm.tasks.forget_old_answers", "schedule": crontab(minute=15)},
    "keep-acts": {"task": "billing.tasks.keep_forgotten_acts", "schedule": crontab(minute=40)},
    "deliver-documents": {"task": "billing.tasks.deliver_documents", "schedule": crontab(minute="*/5")},
    "check-forgotten-drafts": {"task": "billing.tasks.check_forgotten_drafts", "schedule": crontab(minute="*/10")},
    "match-forgotten-entries": {"task": "billing.tasks.match_forgotten_entries", "schedule": crontab(minute="*/5")},
    "read-forgotten-files": {"task": "billing.tasks.read_forgotten_files", "schedule": crontab(minute="*/5")},
    "mail-offers": {"task": "billing.tasks.mail_offers", "schedule": crontab(minute="*/5")},
    "mail-hour-messages": {"task": "billing.tasks.mail_hour_messages", "schedule": 20.0},
    "mail-monthly-reports": {"task": "billing.tasks.mail_monthly_reports", "schedule": crontab(minute="*/5")},
    "mail-reminders": {"task": "billing.tasks.mail_reminders", "schedule": crontab(minute="*/5")},
    "draft-due-fees": {"task": "billing.tasks.draft_due_fees", "schedule": crontab(hour=5, minute=0)},
    "alert-unread-notes": {"task": "billing.tasks.alert_unread_notes", "schedule": crontab(minute="*/5")},
    "stop-timers": {"task": "billing.tasks.stop_timers", "schedule": crontab(minute="*/5")},
    "end-hours": {"task": "billing.tasks.end_hours", "schedule": crontab(hour=0, minute=1)},
    "refresh-hours": {"task": "billing.tasks.refresh_hour_figures", "schedule": crontab(hour=0, minute=20)},
    "check-books": {
        "task": "crm.tasks.start_job",
        "args": ["check_books"],
        "schedule": crontab(hour=3, minute=30),
    },
    "look-after-agreements": {"task": "billing.tasks.look_after_agreements", "schedule": crontab(hour=0, minute=5)},
}

TEST_RUNNER = "django.test.runner.DiscoverRunner"
