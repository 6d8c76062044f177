"""The one settings file; every variable it reads is explained in .env.example."""

from __future__ import annotations

import os
from pathlib import Path

import environ
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from kombu import Queue

from config import schedule
from config.console import FRAME

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- Where and how -------------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=True)
DATA_DIR = Path(env.str("GREENROOM_DATA_DIR", default="") or BASE_DIR / ".data").resolve()
SECRET_KEY = env.str("SECRET_KEY", default="") or ("debug-only-key-never-used-with-debug-off" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: with DEBUG off there is no default.")
# The key before this one, while it is being changed: what was signed with it stays valid.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "testserver"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DEMO = env.bool("GREENROOM_DEMO", default=False)

# --- Database, Redis -----------------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
if not (DATABASE_URL and REDIS_URL):
    if not DEBUG:
        raise ImproperlyConfigured("Set DATABASE_URL and REDIS_URL: with DEBUG off no embedded server is started.")
    from config import embedded

    _started_database, _started_redis = embedded.ensure(DATA_DIR, postgres=not DATABASE_URL, redis=not REDIS_URL)
    DATABASE_URL = DATABASE_URL or _started_database
    REDIS_URL = REDIS_URL or _started_redis
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"].setdefault("OPTIONS", {})
# A pool per process: threads of the web server borrow a connection for a request instead of opening one.
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": 0,
    "max_size": env.int("DATABASE_POOL_SIZE", default=20),
    "timeout": 10,
    # What a rush has opened is given back, one connection after so many idle seconds at a time.
    "max_idle": 15,
}
# A connection that a restart of Postgres broke is noticed when it is borrowed, not by the request that needs it.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- Apps ----------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "llm",
    "accounts",
    "candidates",
    "interviews",
    "intake",
    "coaching",
    "agents",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.browser_sign_ins",
    "accounts.middleware.LockedOut",
]
APPEND_SLASH = False
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
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
                "llm.context.model_notice",
            ],
        },
    }
]

# --- People --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ["email", "name"]}),
        ("MinimumLengthValidator", {}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
AUTHENTICATION_BACKENDS = ["accounts.backends.Guard", "accounts.backends.Accounts"]
SESSION_ENGINE = "accounts.browser_sessions"
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    # Probes of a supervisor come from inside, without TLS.
    SECURE_REDIRECT_EXEMPT = [r"^healthz?$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=True)

# --- Accounts: see docs/ACCOUNTS.md ---------------------------------------------------------------------------------
ACCESS_TOKEN_MINUTES = env.float("ACCESS_TOKEN_MINUTES", default=10.0)
REFRESH_TOKEN_DAYS = env.float("REFRESH_TOKEN_DAYS", default=14.0)
CONFIRM_LINK_HOURS = env.float("CONFIRM_LINK_HOURS", default=48.0)
RESET_LINK_HOURS = env.float("RESET_LINK_HOURS", default=1.0)
# Wrong passwords for one e-mail address from one place that lock it there, and for how long.
SIGN_IN_FAILURES = env.int("SIGN_IN_FAILURES", default=8)
SIGN_IN_LOCK_MINUTES = env.float("SIGN_IN_LOCK_MINUTES", default=15.0)
# Tries to sign in from one place, for whatever address, right or wrong.
SIGN_INS_PER_MINUTE = env.int("SIGN_INS_PER_MINUTE", default=30)
# Sign-ups, forgotten passwords and the like from one place; and mails of one kind to one person.
ACCOUNT_REQUESTS_PER_MINUTE = env.int("ACCOUNT_REQUESTS_PER_MINUTE", default=20)
ACCOUNT_LETTERS_PER_HOUR = env.int("ACCOUNT_LETTERS_PER_HOUR", default=5)
# Requests a minute of one trainee.
TRAINEE_REQUESTS_PER_MINUTE = env.int("TRAINEE_REQUESTS_PER_MINUTE", default=300)
# How long ended sign-ins, and accounts whose address was never confirmed, are kept.
ENDED_SIGN_IN_DAYS = env.float("ENDED_SIGN_IN_DAYS", default=30.0)
UNCONFIRMED_ACCOUNT_DAYS = env.float("UNCONFIRMED_ACCOUNT_DAYS", default=7.0)
OTP_TOTP_ISSUER = "Greenroom"
AXES_FAILURE_LIMIT = "accounts.backends.failure_limit"
AXES_COOLOFF_TIME = "accounts.backends.cool_off"
AXES_USERNAME_CALLABLE = "accounts.backends.account_of"
AXES_CLIENT_IP_CALLABLE = "accounts.backends.place_of"
AXES_LOCKOUT_CALLABLE = "config.errors.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = AXES_ENABLE_ADMIN = AXES_VERBOSE = False
# It looks for its own middleware by name; ours is a subclass of it (accounts.middleware.LockedOut).
SILENCED_SYSTEM_CHECKS = ["axes.W002"]

# --- Language, time, files -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# English, and every language that has a catalogue: the pages of candidates are offered in all of them.
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = [
    (code, str(LANG_INFO[code]["name_local"]))
    for code in ["en", *sorted(place.parts[-3] for place in LOCALE_PATHS[0].glob("*/LC_MESSAGES/django.po"))]
]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Uploads are private: no URL serves this folder, views do after they have checked who asks.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default="") or DATA_DIR / "uploads")
MEDIA_URL = ""
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Celery: Redis is the doorbell, Postgres rows are the truth -----------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Remote control listens by publish/subscribe. When Redis restarts, redis-py subscribes again by itself and then waits
# in the worker's only loop for a message that may never come: the worker hangs. Nothing here asks workers anything.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TASK_SOFT_TIME_LIMIT = 3000
CELERY_TASK_TIME_LIMIT = 3300
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}  # above the soft limit, or tasks run twice
# A request or a commit that rings while Redis is away must not hang.
CELERY_BROKER_TRANSPORT_OPTIONS |= {"socket_timeout": 10, "socket_connect_timeout": 2, "retry_on_timeout": True}
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # its work stands in rows: let it go on
# Each kind of work has a queue, so that no long one stands in the way of another; one worker serves them all.
CELERY_TASK_QUEUES = [Queue(name) for name in ("celery", "work", "files", "sweep", "conversations")]
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_ROUTES = schedule.ROUTES

# --- Work rows: see candidates.pipeline -----------------------------------------------------------------------------
# How long a claimed row, or a file being read, stays with a worker that gives no sign of life.
WORK_LEASE_SECONDS = env.float("WORK_LEASE_SECONDS", default=60.0)
WORK_SWEEP_SECONDS = env.float("WORK_SWEEP_SECONDS", default=10.0)
# A row that failed waits this long before its second attempt, and three times as long before its third.
WORK_RETRY_SECONDS = env.float("WORK_RETRY_SECONDS", default=20.0)
# The longest that one attempt at one row may take, all its model calls and their waiting included.
WORK_TIMEOUT_SECONDS = env.float("WORK_TIMEOUT_SECONDS", default=900.0)
# Rows that one drain asks the model about at the same time; some more than LLM_CONCURRENCY keep its places filled.
WORK_IN_FLIGHT = env.int("WORK_IN_FLIGHT", default=0)  # 0: a quarter more than LLM_CONCURRENCY
# Drains that run at the same time, over all machines. Each keeps one core busy; one fills most provider's limits.
WORK_DRAINS = env.int("WORK_DRAINS", default=max(1, (os.cpu_count() or 2) // 2))
# A drain ends itself after this long and rings for the next, far below the soft time limit.
WORK_DRAIN_SECONDS = env.float("WORK_DRAIN_SECONDS", default=600.0)
# Analyses of interviews at the same time, over all machines: the processes of a worker are for other work too.
ANALYSES_AT_ONCE = env.int("ANALYSES_AT_ONCE", default=2)
# Seconds between the signs of life of a stream of events that has nothing to tell.
LIVE_HEARTBEAT_SECONDS = env.float("LIVE_HEARTBEAT_SECONDS", default=15.0)
# Drains, two files, one for conversations, and one process that is always free for the sweep.
CELERY_WORKER_CONCURRENCY = env.int("WORKER_PROCESSES", default=WORK_DRAINS + 4)
# How often open rooms are looked at: lost agents are brought back, rooms that are empty or expired are ended.
ROOM_SWEEP_SECONDS = env.float("ROOM_SWEEP_SECONDS", default=1.0)
CELERY_BEAT_SCHEDULE = schedule.beat(sweep_seconds=WORK_SWEEP_SECONDS, room_seconds=ROOM_SWEEP_SECONDS)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# --- API -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.IsRecruiter"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.errors.rest_exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Greenroom",
    "DESCRIPTION": "AI hiring suite: import, score, explain, rank, interview.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/pluto",
    # Enums stay where they are used: names made up for them would change with every new one.
    "POSTPROCESSING_HOOKS": [],
}
# Per API key, or per person with a session; those that may ask a model while the caller waits are counted apart too.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=1200)
API_MODEL_REQUESTS_PER_MINUTE = env.int("API_MODEL_REQUESTS_PER_MINUTE", default=60)
# Wrong keys from one address, after which it is told to wait.
API_WRONG_KEYS_PER_MINUTE = env.int("API_WRONG_KEYS_PER_MINUTE", default=20)
# Wrong links (of people without an account) from one address, after which it is told to wait.
WRONG_LINKS_PER_MINUTE = env.int("WRONG_LINKS_PER_MINUTE", default=20)
# What links are signed with: the first key signs, the first two are valid. Empty: derived from SECRET_KEY and, while
# that is being changed, the first of SECRET_KEY_FALLBACKS.
LINK_SIGNING_KEYS = env.list("LINK_SIGNING_KEYS", default=[])
if any(len(key) < 32 for key in LINK_SIGNING_KEYS):
    raise ImproperlyConfigured("Each of LINK_SIGNING_KEYS needs at least 32 characters.")
# How many proxies of ours stand before this process: so many entries of X-Forwarded-For are believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# The region that a phone number without a country code is read as (ISO 3166, e.g. US, GB, DE).
PHONE_REGION = env.str("PHONE_REGION", default="US")
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=2 * 1024**3)
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", default=10 * 1024**2)
# Files of strangers that are taken apart at the same time, over all machines; each may fill a core for some seconds.
READERS_AT_ONCE = env.int("READERS_AT_ONCE", default=2)
JOB_DESCRIPTION_MAX_CHARACTERS = env.int("JOB_DESCRIPTION_MAX_CHARACTERS", default=100_000)
# After how many days intake asks again for what changes in a working life: role, company, place, years.
INTAKE_STALE_DAYS = env.int("INTAKE_STALE_DAYS", default=365)

# --- The model provider --------------------------------------------------------------------------------------------
LLM_BASE_URL = env.str("LLM_BASE_URL", default="https://openrouter.ai/api/v1")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
# True where LLM_BASE_URL is the bundled simulator: every page then says so.
LLM_SIMULATED = env.bool("LLM_SIMULATED", default=False)
LLM_MODEL = env.str("LLM_MODEL", default="openai/gpt-4.1-mini")
LLM_FALLBACK_MODELS = env.list("LLM_FALLBACK_MODELS", default=[])
# Per purpose: {"extract": "some/model", "judge": "another/model"}; a purpose that is not named uses LLM_MODEL.
LLM_MODELS = env.json("LLM_MODELS", default={})
LLM_ZERO_DATA_RETENTION = env.bool("LLM_ZERO_DATA_RETENTION", default=True)
LLM_REQUESTS_PER_MINUTE = env.int("LLM_REQUESTS_PER_MINUTE", default=600)
LLM_TOKENS_PER_MINUTE = env.int("LLM_TOKENS_PER_MINUTE", default=2_000_000)
LLM_CONCURRENCY = env.int("LLM_CONCURRENCY", default=64)
LLM_TIMEOUT_SECONDS = env.float("LLM_TIMEOUT_SECONDS", default=60.0)
# How long a streamed answer may be silent, before its first word or between two, until it counts as timed out.
LLM_SILENCE_SECONDS = env.float("LLM_SILENCE_SECONDS", default=10.0)
# How long somebody in a conversation waits for the first words, all attempts and models together.
LLM_FIRST_WORDS_SECONDS = env.float("LLM_FIRST_WORDS_SECONDS", default=25.0)
LLM_MAX_ATTEMPTS = env.int("LLM_MAX_ATTEMPTS", default=4)
# How long a call waits for a place under our own limits before it counts as rate limited.
LLM_LIMIT_WAIT_SECONDS = env.float("LLM_LIMIT_WAIT_SECONDS", default=120.0)
LLM_MAX_OUTPUT_TOKENS = env.int("LLM_MAX_OUTPUT_TOKENS", default=4000)
# How long an answer is kept so that the same question on the same text is not paid twice.
LLM_ANSWERS_KEPT_DAYS = env.int("LLM_ANSWERS_KEPT_DAYS", default=30)
# {"some/model": [0.40, 1.60]}: US dollars per million input and output tokens, for providers that list no prices.
LLM_PRICES = env.json("LLM_PRICES", default={})
LLM_DAILY_CAP_USD = env.float("LLM_DAILY_CAP_USD", default=50.0)
LLM_IMPORT_CAP_USD = env.float("LLM_IMPORT_CAP_USD", default=20.0)
LLM_INTERVIEW_CAP_USD = env.float("LLM_INTERVIEW_CAP_USD", default=5.0)
# How often a judgement near a tier's boundary is taken again, for a band; 0 never asks twice.
JUDGING_REPEATS = env.int("JUDGING_REPEATS", default=2)

# --- Rooms and voice ------------------------------------------------------------------------------------------------
# Without LIVEKIT_URL interviews are held in text. `make run` sets all three where `make livekit-server` has built one.
LIVEKIT_URL = env.str("LIVEKIT_URL", default="")
# The address that browsers use, where it is not the one that our own processes use.
LIVEKIT_PUBLIC_URL = env.str("LIVEKIT_PUBLIC_URL", default="") or LIVEKIT_URL
LIVEKIT_API_KEY = env.str("LIVEKIT_API_KEY", default="")
LIVEKIT_API_SECRET = env.str("LIVEKIT_API_SECRET", default="")
# Any service with OpenAI's /audio/speech and /audio/transcriptions; without it there is no voice.
SPEECH_BASE_URL = env.str("SPEECH_BASE_URL", default="")
SPEECH_API_KEY = env.str("SPEECH_API_KEY", default="")
SPEECH_TO_TEXT_MODEL = env.str("SPEECH_TO_TEXT_MODEL", default="gpt-4o-mini-transcribe")
TEXT_TO_SPEECH_MODEL = env.str("TEXT_TO_SPEECH_MODEL", default="gpt-4o-mini-tts")
TEXT_TO_SPEECH_VOICE = env.str("TEXT_TO_SPEECH_VOICE", default="alloy")
# 1 is the voice's own pace; the service takes 0.25 to 4.
TEXT_TO_SPEECH_SPEED = env.float("TEXT_TO_SPEECH_SPEED", default=1.0)
# After somebody's last word an agent answers no sooner than this, and waits longer where it sounds as if they go on.
TURN_WAIT_SECONDS = env.float("TURN_WAIT_SECONDS", default=0.5)
TURN_LONGEST_WAIT_SECONDS = env.float("TURN_LONGEST_WAIT_SECONDS", default=2.5)
# A speech-to-speech service with OpenAI's /realtime/client_secrets, for practice alone.
REALTIME_BASE_URL = env.str("REALTIME_BASE_URL", default="")
REALTIME_API_KEY = env.str("REALTIME_API_KEY", default="")
REALTIME_MODEL = env.str("REALTIME_MODEL", default="gpt-realtime")
ROOM_HOURS = env.float("ROOM_HOURS", default=2.0)
# How long a room may stand without a person in it before it is ended.
ROOM_EMPTY_SECONDS = env.float("ROOM_EMPTY_SECONDS", default=120.0)
# Whoever types may think for a while, or look something up on the same phone: text rooms wait longer.
ROOM_TEXT_EMPTY_SECONDS = env.float("ROOM_TEXT_EMPTY_SECONDS", default=900.0)
# An agent that gave no sign of life for so long is replaced.
AGENT_SILENT_SECONDS = env.float("AGENT_SILENT_SECONDS", default=2.5)
INTERVIEW_LINK_HOURS = env.float("INTERVIEW_LINK_HOURS", default=48.0)
INTAKE_LINK_HOURS = env.float("INTAKE_LINK_HOURS", default=48.0)
# Whom people in a room can turn to instead of an AI; shown on every page of a room.
HUMAN_CONTACT = env.str("HUMAN_CONTACT", default="")

# --- Coaching -----------------------------------------------------------------------------------------------------
LLM_SESSION_CAP_USD = env.float("LLM_SESSION_CAP_USD", default=2.0)
# Messages of one trainee, over all sessions.
COACHING_MESSAGES_PER_MINUTE = env.int("COACHING_MESSAGES_PER_MINUTE", default=120)

# --- Resume chat ---------------------------------------------------------------------------------------------------
# The resume that visitors ask about at / (JSON, YAML or Markdown); in a debug run and in the demo a sample.
_SAMPLE_RESUME = str(BASE_DIR / "candidates" / "demo" / "resume.json") if DEBUG or DEMO else ""
RESUME_FILE = env.str("RESUME_FILE", default="") or _SAMPLE_RESUME
RESUME_CHAT_QUESTIONS_PER_MINUTE = env.int("RESUME_CHAT_QUESTIONS_PER_MINUTE", default=20)
RESUME_CHAT_CONTEXT_TOKENS = env.int("RESUME_CHAT_CONTEXT_TOKENS", default=12_000)
RESUME_CHAT_GRACE_SECONDS = env.float("RESUME_CHAT_GRACE_SECONDS", default=600.0)
RESUME_CHAT_IDLE_SECONDS = env.float("RESUME_CHAT_IDLE_SECONDS", default=900.0)
RESUME_CHAT_SENDING_SECONDS = env.float("RESUME_CHAT_SENDING_SECONDS", default=20.0)
RESUME_CHAT_SOCKETS_PER_ADDRESS = env.int("RESUME_CHAT_SOCKETS_PER_ADDRESS", default=100)
LLM_VISITORS_CAP_USD = env.float("LLM_VISITORS_CAP_USD", default=5.0)
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
}

# --- Mail ----------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = env.float("EMAIL_TIMEOUT", default=10.0)  # a recruiter waits for the answer
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Greenroom <greenroom@localhost>")
# Where people reach Greenroom: for links in mails that a worker sends, which has no request to tell it. Empty: none.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
# The first notice to a recruiter is mailed at once; those that follow within so many minutes go out together.
NOTICE_DIGEST_MINUTES = env.float("NOTICE_DIGEST_MINUTES", default=15.0)

# --- How long what is kept, in days (0: for ever); see intake.retention and `manage.py purge` -------------------------
# After a candidate asked for it a person may erase at once; this is when it is done anyway. The law gives a month.
RETENTION_ERASURE_DAYS = env.float("RETENTION_ERASURE_DAYS", default=28.0)
# Deleted candidates can be restored for so long.
RETENTION_DELETED_DAYS = env.float("RETENTION_DELETED_DAYS", default=90.0)
# Candidates with whom nothing happened. What is right depends on law and consent, so it is off until somebody decides.
RETENTION_CANDIDATE_DAYS = env.float("RETENTION_CANDIDATE_DAYS", default=0.0)
# Rounds of intake that nobody has a working link to are withdrawn.
RETENTION_ROUND_DAYS = env.float("RETENTION_ROUND_DAYS", default=30.0)
# What was said in ended rounds of intake, word for word; the answers stay.
RETENTION_CONVERSATION_DAYS = env.float("RETENTION_CONVERSATION_DAYS", default=180.0)
# Uploaded files of finished imports; their candidates stay.
RETENTION_IMPORT_FILE_DAYS = env.float("RETENTION_IMPORT_FILE_DAYS", default=90.0)
RETENTION_LINK_DAYS = env.float("RETENTION_LINK_DAYS", default=180.0)
RETENTION_NOTICE_DAYS = env.float("RETENTION_NOTICE_DAYS", default=180.0)

# --- Console -------------------------------------------------------------------------------------------------------
UNFOLD = FRAME

# What is told of unforeseen errors, in debug runs and to ADMINS: never a token, a cookie, or what somebody typed.
DEFAULT_EXCEPTION_REPORTER = "config.error_reports.Reporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.error_reports.ReportFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # One line per model call would cost more processor time than the call, and say less than the ledger does; fontTools
    # would name every letter of every PDF.
    "loggers": {"httpx2": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}, "axes": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
