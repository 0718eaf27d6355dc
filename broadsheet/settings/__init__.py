"""Django's settings. Where things stand comes from ``plant``, what the paper is from its TOML."""

from __future__ import annotations

from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from broadsheet.plumbing.paper import read_paper
from broadsheet.plumbing.plant import MAIL_PORTS, database, read_plant, sqlite

PLANT = read_plant()
PAPER = read_paper(PLANT.home / "broadsheet.toml")
PACKAGE = Path(__file__).resolve().parent.parent

SECRET_KEY = PLANT.secret_key
DEBUG = PLANT.debug
ALLOWED_HOSTS = list(PLANT.hosts)
ROOT_URLCONF = "broadsheet.urls"
WSGI_APPLICATION = None
WIRING = "broadsheet.wiring"
SITE_ID = 1

INSTALLED_APPS = [
    "broadsheet.plumbing",
    "broadsheet.apps.accounts",
    "broadsheet.apps.benefits",
    "broadsheet.apps.payments",
    "broadsheet.apps.advertising",
    "broadsheet.apps.plans",
    "broadsheet.apps.invoicing",
    "broadsheet.apps.newsroom",
    "broadsheet.apps.subscriptions",
    "broadsheet.apps.meter",
    "broadsheet.apps.leaks",
    "broadsheet.apps.licences",
    "broadsheet.apps.wire",
    "broadsheet.web.reader",
    "broadsheet.web.desk.apps.DeskConfig",
    "wagtail.contrib.settings",
    "wagtail.snippets",
    "wagtail.images",
    "wagtail.documents",
    "broadsheet.web.desk.apps.StaffConfig",  # wagtail.users
    "wagtail.sites",
    "wagtail.embeds",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "broadsheet.web.reader.shared_caches.KeepOwn",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "broadsheet.web.reader.pass_cookie.ForgetPass",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "broadsheet.web.reader.context.paper",
            ],
        },
    },
]

DATABASES = {"default": database(PLANT)}
if not PLANT.database_url:
    DATABASES["jobs"] = {
        **sqlite(PLANT.home / "jobs.sqlite3", synchronous="NORMAL"),
        "TEST": {"MIGRATE": False},
    }
DATABASE_ROUTERS = ["broadsheet.plumbing.routing.JobsRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": [],
    }
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/account/"
ACCOUNT_ADAPTER = "broadsheet.apps.accounts.adapter.ReaderAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PLANT.secure else "http"

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("hi", "हिन्दी")]
LOCALE_PATHS = [PACKAGE / "locale"]
TIME_ZONE = PAPER.time_zone
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = PLANT.home / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = PLANT.home / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "broadsheet.plumbing.static_files.StaticFiles"},
}
WHITENOISE_MAX_AGE = 60
WHITENOISE_KEEP_ONLY_HASHED_FILES = False

SESSION_COOKIE_NAME = "__Host-bs_session" if PLANT.secure else "bs_session"
CSRF_COOKIE_NAME = "__Host-bs_csrf" if PLANT.secure else "bs_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PLANT.secure
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
CSRF_COOKIE_HTTPONLY = True
# A proxy ends TLS before us, so requests look like http while forms come from https.
CSRF_TRUSTED_ORIGINS = [PLANT.origin]
CSRF_FAILURE_VIEW = "broadsheet.web.reader.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
_PAY_PAGES = [
    *(["https://checkout.stripe.com"] if PLANT.stripe_key else []),
    *(["https://rzp.io", "https://*.razorpay.com"] if PLANT.razorpay_key_id else []),
]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/desk/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # A form's redirect counts as its target: the button that pays leads on to these.
        "form-action": [SELF, *_PAY_PAGES],
        "frame-ancestors": [SELF],
    },
}

DEFAULT_FROM_EMAIL = PAPER.mail_from
SERVER_EMAIL = parseaddr(PAPER.mail_from)[1]
if PLANT.mail_url:
    _mail = urlsplit(PLANT.mail_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_PORT = _mail.port or MAIL_PORTS[_mail.scheme]
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme == "smtp+starttls"
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = PLANT.home / "mail"

WAGTAIL_SITE_NAME = PAPER.name
WAGTAILADMIN_BASE_URL = PLANT.origin
WAGTAILADMIN_USER_LOGIN_FORM = "broadsheet.web.desk.sign_in.DeskSignInForm"
WAGTAILIMAGES_IMAGE_MODEL = "newsroom.Picture"
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
# Who draws an editor's preview: called with the request, story= and mode= "full" or "stopped".
STORY_PREVIEW = "broadsheet.web.reader.views.preview.draw_preview"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
# By /account/password/reset/, for staff too: there the letters are counted.
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_RICH_TEXT_EDITORS = {
    "default": {
        "WIDGET": "wagtail.admin.rich_text.DraftailRichTextArea",
        "OPTIONS": {"features": ["bold", "italic", "link"]},
    }
}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"broadsheet": {"level": "INFO"}},
}
