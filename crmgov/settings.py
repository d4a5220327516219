"""Django settings. What the surroundings decide comes from crmgov.env.environment; the rest is fixed here."""

import logging
from pathlib import Path
from typing import Any

import django_stubs_ext
import structlog
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from crmgov.env import databases
from crmgov.env.environment import Misconfigured, read
from crmgov.env.logs import logging_config, processors

# models.Field[int, int] and admin.ModelAdmin[Account] are types at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    ENVIRONMENT = read()
    SECRET_KEY = ENVIRONMENT.key()
    DATABASES = databases.django_databases(ENVIRONMENT)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
        databases.broker_options(ENVIRONMENT) if ENVIRONMENT.broker_is_database else {}
    )
except Misconfigured as refused:
    raise ImproperlyConfigured(str(refused)) from refused

DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts) or (
    [] if ENVIRONMENT.production else ["127.0.0.1", "localhost", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.trusted_origins)

INSTALLED_APPS = [
    "crmgov.people",
    "crmgov.records",
    "scoring",
    "approvals",
    "crmgov",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "simple_history",
    "django_htmx",
    "ninja",
    "csp",
    "django_structlog",
    "django_prometheus",
]

MIDDLEWARE = [
    "crmgov.health.ProbeMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crmgov.shell.ViewerZone",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crmgov.border.NoNul",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "crmgov.urls"
WSGI_APPLICATION = "crmgov.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
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
                "crmgov.context.demo_logins",
                "crmgov.shell.nav",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Rules compare amounts in this currency; the rate table converts into it.
REPORTING_CURRENCY = ENVIRONMENT.reporting_currency

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"

# People log in with their e-mail address; accounts are made by an admin, never by signing up.
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_ADAPTER = "crmgov.people.accounts.ClosedSignupAdapter"
ACCOUNT_FORMS = {"reset_password": "crmgov.people.password_reset.InvitedOnly"}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if ENVIRONMENT.production else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ENVIRONMENT.production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Production serves what collectstatic gathered; elsewhere a checkout serves its own files without that step.
WHITENOISE_USE_FINDERS = not ENVIRONMENT.production

# A page may load nothing but our own files: no inline style or script, no data: image, no other host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # The one page of ours that may be framed is the preview of a message (approvals/views/previews.py).
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if ENVIRONMENT.production:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# A full import page or 1,000 suggestions of an agent are about 2 MB; Django's default is 2.5.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
# A file of an import may have hundreds of columns, each with its control.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_HANDLERS = [
    "approvals.http.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# The largest file an import takes, and a folder of this machine it may take files from (none: only uploads).
IMPORT_MAX_BYTES = ENVIRONMENT.import_max_bytes
IMPORT_FOLDER = ENVIRONMENT.import_folder
SCORING_FEATURES = ENVIRONMENT.scoring_features

if ENVIRONMENT.mail.host:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = ENVIRONMENT.mail_folder()
EMAIL_HOST = ENVIRONMENT.mail.host
EMAIL_PORT = ENVIRONMENT.mail.port
EMAIL_HOST_USER = ENVIRONMENT.mail.user
EMAIL_HOST_PASSWORD = ENVIRONMENT.mail.password
EMAIL_USE_TLS = ENVIRONMENT.mail.tls
DEFAULT_FROM_EMAIL = ENVIRONMENT.mail.sender
EMAIL_TIMEOUT = 20
# Text to customers: another server, another sender (approvals/services/messages.py).
MESSAGES = ENVIRONMENT.messages
# The language model that writes them, where there is one (approvals/services/message_writer.py).
MESSAGE_WRITER = ENVIRONMENT.writer
MESSAGE_FOLDER = ENVIRONMENT.message_folder()
# What links in mails begin with: the clock has no request to take it from.
SITE_URL = ENVIRONMENT.site_url

# Messages are doorbells, rows are the truth. Prefetch 1 with late acknowledgment hangs for good after a
# Postgres restart; 16, and a heartbeat row the supervisor watches, do not.
CELERY_BROKER_URL = ENVIRONMENT.broker_url or "pgmq://localhost"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "crmgov"
CELERY_WORKER_PREFETCH_MULTIPLIER = 16
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# One line per request, and none per tick of the clock.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
PROMETHEUS_EXPORT_MIGRATIONS = False
METRICS_TOKEN = ENVIRONMENT.metrics_token

LOGGING = logging_config(log_format=ENVIRONMENT.log_format, level=ENVIRONMENT.log_level)
structlog.configure(
    processors=processors(),
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
