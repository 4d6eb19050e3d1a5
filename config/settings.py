"""All settings. Every environment variable read here is described in docs/settings.md (a test compares)."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", "") or BASE_DIR / ".data").resolve()
PRODUCTION = env.is_production()

SECRET_KEY = env.required(
    "SECRET_KEY",
    "a long random text that signs links and encrypts stored passwords. Keep it: without it old links stop working.",
    development="development-only-secret-key-never-used-in-production",
)
DEBUG = env.boolean("DEBUG", False)
BASE_URL = env.required(
    "BASE_URL",
    "the address people reach this server at, such as https://news.example.com, used in every link we mail.",
    development=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}",
).rstrip("/")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS") or ([] if PRODUCTION else ["*"])
if PRODUCTION and not ALLOWED_HOSTS:
    ALLOWED_HOSTS = [BASE_URL.split("://", 1)[-1].split("/")[0].split(":")[0]]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)

# Apps, top to bottom: a line imports only lines below it (docs/architecture.md).
LOCAL_APPS = [
    "dashboard",
    "contests",
    "flows",
    "campaigns",
    "delivery",
    "segments",
    "content",
    "channels",
    "consent",
    "contacts",
    "events",
    "accounts",
    "core",
]
INSTALLED_APPS = [
    *LOCAL_APPS,
    *([] if PRODUCTION else ["catcher"]),
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_celery_beat",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials.apps.SimpleAppConfig",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "core.policy.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "flows.own_hosts.OwnHostMiddleware",
    "core.probes.ProbeMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.unstorable.NoNulMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.ViewerMiddleware",
]

ROOT_URLCONF = "config.urls"
OWN_HOST_URLCONF = "config.own_host_urls"
WSGI_APPLICATION = "config.wsgi.application"

# Partials and cotton both want to own the loaders on Django 5.2, so they are set by hand (docs/adr/0006).
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "accounts.context.viewer",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "core.templatetags.rapport",
            ],
        },
    }
]
COTTON_DIR = "cotton"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": env.database(
        env.required(
            "DATABASE_URL",
            "where PostgreSQL is, such as postgresql://user:password@host/rapport.",
            development="postgresql:///rapport",
        )
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHE_URL = os.environ.get("CACHE_URL", "") or env.required(
    "CACHE_URL", "where Redis or Valkey is, such as redis://host:6379/1. It counts rate limits."
)
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
        if CACHE_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
STORAGE_URL = os.environ.get("STORAGE_URL", "")
STORAGES = {
    "default": env.storage(STORAGE_URL),
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "core.uploads.KnownPeopleOnly",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "core.uploads.FilesOnDisk",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_TEMP_DIR = None
# Imports are lists of people: for this account's eyes only, whoever else has one on the machine.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# People and sign-in.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Networks inside one's own walls that feeds and links may be read from, such as 10.1.0.0/16; else the internet only.
OUTBOUND_PRIVATE_NETWORKS = env.listing("OUTBOUND_PRIVATE_NETWORKS")
# Where public randomness is read from when a contest is drawn.
DRAND_URL = os.environ.get("DRAND_URL", "https://api.drand.sh").rstrip("/")
# Whether workspaces may have host names of their own for public pages (docs/own-domains.md).
OWN_DOMAINS = env.boolean("OWN_DOMAINS", not PRODUCTION)
OPEN_SIGNUP = env.boolean("OPEN_SIGNUP", not PRODUCTION)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetailsForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Rapport"
SESSION_COOKIE_NAME = "rapport_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if PRODUCTION and BASE_URL.startswith("https://"):
    SECURE_HSTS_SECONDS = 31_536_000
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Mail. Everything, Django's own mail included, goes through delivery (docs/adr/0002).
EMAIL_BACKEND = "delivery.email_backend.DeliveryBackend"
SMTP_URL = env.required(
    "SMTP_URL",
    "the mail server that takes our messages, such as smtp://user:password@mail.example.com:587.",
    development="smtp://127.0.0.1:2525",
)
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "") or "rapport@" + (
    BASE_URL.split("://", 1)[-1].split("/")[0].split(":")[0].replace("127.0.0.1", "localhost.example")
)
# Where mail that comes back goes, and how it is fetched; what SPF has to allow (docs/domains.md).
BOUNCE_ADDRESS = env.mailbox("BOUNCE_ADDRESS")
BOUNCE_MAILBOX_URL = os.environ.get("BOUNCE_MAILBOX_URL", "")
SPF_TERMS = os.environ.get("SPF_TERMS", "").split()

# Hygiene of addresses (docs/hygiene.md).
DISPOSABLE_DOMAINS_FILE = os.environ.get("DISPOSABLE_DOMAINS_FILE", "")
MAIL_CHECKS = env.boolean("MAIL_CHECKS", PRODUCTION)
DNS_SERVER = os.environ.get("DNS_SERVER", "")

# Celery carries wake-ups only.
BROKER_URL = os.environ.get("BROKER_URL", "") or env.required(
    "BROKER_URL", "where Redis, Valkey or RabbitMQ is, such as redis://host:6379/0."
)
CELERY_BROKER_URL = BROKER_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    if BROKER_URL.startswith(("redis", "rediss", "unix", "valkey"))
    else {}
)
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_TASK_ROUTES = {
    "core.tick": {"queue": "tick"},
    "campaigns.launch": {"queue": "launch"},
    "campaigns.fill": {"queue": "launch"},
    # What every workspace wants at the same hour of the night stands in nobody's way.
    "core.check_summaries": {"queue": "daily"},
    "consent.check_ledger": {"queue": "daily"},
    "consent.tidy": {"queue": "daily"},
    "contacts.refresh_hygiene": {"queue": "daily"},
    "contacts.find_duplicates": {"queue": "daily"},
    "segments.note_sizes": {"queue": "daily"},
    "contacts.check_mail_domains": {"queue": "default"},
    "contacts.run_look_up": {"queue": "default"},
    "contacts.*": {"queue": "imports"},
    "delivery.send_transactional": {"queue": "transactional"},
    "delivery.send_bulk": {"queue": "bulk"},
}
# One dumb tick; what is due is decided in our own tables, in UTC, whoever fires it and however often.
CELERY_BEAT_SCHEDULE = {"tick": {"task": "core.tick", "schedule": 10.0}}

# Languages, times, numbers.
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ru", _("Russian")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = ["core.formats"]

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.ResourceSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.authentication.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "accounts.api.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.ApiKeyThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsing.JSONParser"],
    "EXCEPTION_HANDLER": "accounts.api.errors.handle_error",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rapport API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AddressStatus": "contacts.models.Address.Status",
        "CampaignStatus": "campaigns.models.Campaign.Status",
        "Channel": "contacts.models.Channel",
        "ConsentPurpose": "consent.models.Purpose",
        "ExportStatus": "contacts.models.Export.Status",
        "DnsStanding": "channels.models.Standing",
        "FlowSessionStatus": "flows.models.FlowSession.Status",
        "FlowStatus": "flows.models.Flow.Status",
        "ImportStatus": "contacts.models.Import.Status",
        "MessagePurpose": "delivery.models.Purpose",
        "MessageStatus": "delivery.models.Message.Status",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.logs.LineFormatter"}},
    "handlers": {"standard": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["standard"], "level": os.environ.get("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
        "mail.log": {"level": "WARNING"},
    },
}
# User.email is unique without regard to case, by a constraint the check cannot see.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "auth.W004"]
