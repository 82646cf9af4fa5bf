"""Settings. What differs between sites comes from the environment (``docs/settings.md``)."""

import secrets
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from newsroom import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = BASE_DIR / "var"

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
SITE_URL = env.site_url("SITE_URL", "http://127.0.0.1:8000")
LOCAL = SITE_URL.startswith(("http://127.0.0.1", "http://localhost"))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or (["127.0.0.1", "localhost", "[::1]"] if LOCAL else [])
if not SECRET_KEY:
    if not (DEBUG or LOCAL):
        raise ImproperlyConfigured(
            "SECRET_KEY is missing; set it to 50 or more random characters and keep it secret."
        )
    VAR.mkdir(exist_ok=True)
    key_file = VAR / "secret_key"  # so that a session survives a restart of `make run`
    if not key_file.exists():
        key_file.write_text(secrets.token_urlsafe(50))
        key_file.chmod(0o600)
    SECRET_KEY = key_file.read_text().strip()
if not LOCAL and not DEBUG:
    if len(SECRET_KEY) < 32 or SECRET_KEY.startswith("django-insecure"):
        raise ImproperlyConfigured(
            "SECRET_KEY is too short or a sample; set it to 50 or more random characters."
        )
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is missing or holds “*”; name the hosts that this site answers to."
        )
    if not SITE_URL.startswith("https://"):
        raise ImproperlyConfigured(
            f"SITE_URL is “{SITE_URL}”; a public site is served over https://."
        )
elif DEBUG and not LOCAL:
    raise ImproperlyConfigured(
        "DEBUG is on for a public SITE_URL; it shows settings and code to strangers. Turn it off."
    )

SITE_NAME = env.text("SITE_NAME", "Newsroom")
SITE_DESCRIPTION = env.text("SITE_DESCRIPTION", "每日新闻摘要，条条有出处")
ADMIN_PATH = env.path_segment("ADMIN_PATH", "admin")

INSTALLED_APPS = [
    "posts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "taggit",
    "axes",
    "django_tasks_db",
]
# Django 6 brings these itself; the other names and newsroom/csp.py go with Django 5.2.
TASKS_MODULE = "django.tasks" if find_spec("django.tasks") else "django_tasks"
CSP_MODULE = "django.middleware.csp" if find_spec("django.middleware.csp") else "newsroom.csp"
if TASKS_MODULE == "django_tasks":
    INSTALLED_APPS.append("django_tasks")
MIDDLEWARE = [
    "posts.caching.middleware.PageCache",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    f"{CSP_MODULE}.ContentSecurityPolicyMiddleware",
    "newsroom.middleware.SecurityHeaders",
    "newsroom.middleware.Requests",
    "newsroom.files.PublicFiles",
    "newsroom.middleware.SecurityEvents",
    "newsroom.middleware.StaffSessions",
    "newsroom.middleware.InterfaceLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "newsroom.middleware.StaffAccounts",
    "newsroom.middleware.StaffMessages",
    "axes.middleware.AxesMiddleware",
    "posts.public.redirects.Redirects",
]
APPEND_SLASH = False  # Django asks only whether a pattern fits; Redirects asks the page itself
ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"
TEMPLATES = [
    {  # the public site
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "public"],
        "OPTIONS": {"environment": "posts.public.jinja.environment"},
    },
    {  # the admin
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", VAR)}
CACHES = {"default": env.cache("CACHE_URL")}
PAGE_CACHE_MB = env.number("PAGE_CACHE_MB", 64, 0, 65_536, " (megabytes)")  # of each process
PAGE_CACHE_ROOT = Path(env.text("PAGE_CACHE_ROOT", str(VAR / "pages")))
CARDS_ROOT = Path(env.text("CARDS_ROOT", str(VAR / "cards")))  # pictures of pages that are shared
STALE_SECONDS = env.number("STALE_SECONDS", 3600, 0, 604_800)
CDN_KEYS = env.choices("CDN_KEYS", "Surrogate-Key", ("Surrogate-Key", "Cache-Tag"))
OUTGOING_HOSTS = env.words("OUTGOING_HOSTS")  # host:port, trusted though they are private
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}  # run by manage.py db_worker

LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.text("LANGUAGE_CODE", "zh-hans").lower()
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured(
        f"LANGUAGE_CODE is “{LANGUAGE_CODE}”; the interface speaks zh-hans and en."
    )
SITE_LANGUAGE = LANGUAGE_CODE
PUBLIC_LANGUAGES = ("zh-hans", "en", "fa")  # of the frame around public pages
TIME_ZONE = env.zone("TIME_ZONE", "Asia/Shanghai")
USE_I18N = USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "posts" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR / "media")))
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = LOCAL
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# A million Chinese characters, the most that a post's form takes, percent-encoded.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

SECURE_CSP = {
    "default-src": ["'none'"],
    "img-src": ["'self'", "https:", "data:"],
    "style-src": ["'self'"],
    "script-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "manifest-src": ["'self'"],
}
MEDIA_CSP = {"default-src": ["'none'"], "frame-ancestors": ["'none'"], "sandbox": True}
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "posts.admin.signin.csrf_failure"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# A working day: a digest that takes an afternoon is not lost to a sign-in page.
SESSION_COOKIE_AGE = 60 * env.number("SESSION_IDLE", 480, 5, 43_200, " (minutes)")
PROXIES = env.number("BEHIND_PROXY", 0, 0, 9)
if not LOCAL:
    SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked by machines on the inside
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("HSTS_SUBDOMAINS")
    SECURE_HSTS_PRELOAD = env.flag("HSTS_PRELOAD")
    # These two bind hosts that are none of ours, and cannot be taken back: only for who asks.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    if PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# A name is locked for the address that guessed, and not for long: nobody locks out an editor.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "posts.admin.signin.client_network"
AXES_LOCKOUT_CALLABLE = "posts.admin.signin.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next"]
AXES_DISABLE_ACCESS_LOG = True  # the security log has it
AXES_ENABLE_ADMIN = AXES_VERBOSE = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "newsroom.logs.Line"}},
    "filters": {"outages": {"()": "newsroom.logs.Outages"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["outages"],
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "newsroom.security": {"level": "INFO"},
        "axes": {"level": "ERROR"},  # what it reports stands in the security log already
    },
}
