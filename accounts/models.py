"""Who you are: users and the keys that programs use on their behalf."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import devices, sealing
from accounts.browser_sessions import stored_key


class UserManager(BaseUserManager["User"]):
    """Makes users; e-mail addresses are kept in lower case, so that one address is one account."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and save a user; a password of None gives an account that cannot sign in with one.

        The address counts as confirmed unless `email_verified_at=None` is given, as sign-up does.
        """
        if not email:
            raise ValueError("a user needs an e-mail address")
        fields.setdefault("email_verified_at", timezone.now())
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make and save a user who may do everything in the console."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. `is_staff` makes a recruiter; trainees have none of the recruiter's rights."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail", max_length=254, unique=True, help_text="Kept in lower case.")
    name = models.CharField(max_length=200, blank=True)
    is_staff = models.BooleanField("recruiter", default=False, help_text="May use the console and the recruiting API.")
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)
    # Who signs up signs in only after this; accounts that somebody else made for them are taken as confirmed.
    email_verified_at = models.DateTimeField(null=True, blank=True)
    # When the first practice session was completed.
    activated_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new password ends all sign-ins, whichever page or command has set it.

        Browsers' sessions end with them. The one that changes its own password goes on by `update_session_auth_hash`.
        """
        is_changed = getattr(self, "_password", None) is not None and not self._state.adding
        super().save(*args, **kwargs)
        if is_changed:
            SignIn.objects.filter(user=self).end(SignInEnd.PASSWORD)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email


SEEN_EVERY = timedelta(minutes=5)


class SignInKind(models.TextChoices):
    API = "api", "Program"
    BROWSER = "browser", "Browser"


class SignInEnd(models.TextChoices):
    """Why a sign-in is over."""

    SIGNED_OUT = "signed_out", "Signed out"
    BY_PERSON = "by_person", "Ended from another device"
    PASSWORD = "password", "The password was changed"  # not a password
    REUSED = "reused", "A refresh token was used twice"


class SignInQuerySet(models.QuerySet["SignIn"]):
    def in_force(self) -> SignInQuerySet:
        """Sign-ins that open something now."""
        return self.filter(ended_at=None, expires_at__gt=timezone.now())

    def end(self, why: SignInEnd) -> int:
        """End these at once, for good, browsers' sessions with them; return how many had not ended before."""
        with transaction.atomic():
            rows = self.filter(ended_at=None).order_by("pk").select_for_update(no_key=True)
            found = list(rows.values_list("pk", "kind", "digest"))
            browsers = [stored_key(digest=digest) for _, kind, digest in found if kind == SignInKind.BROWSER]
            Session.objects.filter(session_key__in=browsers).delete()
            ended = SignIn.objects.filter(pk__in=[pk for pk, _, _ in found])
            return ended.update(ended_at=timezone.now(), ended_because=why)

    def end_all_but_newest(self, count: int) -> int:
        """End those in force beyond the newest `count`; return how many."""
        old = list(self.in_force().order_by("-created_at").values_list("pk", flat=True)[count:])
        return SignIn.objects.filter(pk__in=old).end(SignInEnd.SIGNED_OUT) if old else 0


class SignIn(models.Model):
    """One device on which somebody is signed in: by tokens, or by a browser's session. Of secrets, only hashes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins", db_index=False)
    kind = models.CharField(max_length=7, choices=SignInKind.choices)
    # SHA-256, hex: of the newest refresh token's id, or of the browser's session key.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    device = models.CharField(max_length=200, blank=True, help_text="The browser or program, as it names itself.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=10, choices=SignInEnd.choices, blank=True)

    objects = SignInQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # One person's sign-ins, newest first: to show and to end them.
            models.Index(fields=["user", "-created_at"], name="sign_in_user_newest"),
            # Those that are long over, to be forgotten.
            models.Index(fields=["expires_at"], name="sign_in_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.created_at:%Y-%m-%d})"

    @classmethod
    def find_in_force(cls, sign_in_id: uuid.UUID) -> SignIn | None:
        """The sign-in and its user, unless it ended or ran out or the user was put out of use: one statement.

        Written out for the reason that ApiKey.in_force gives.
        """
        with connection.cursor() as cursor:
            cursor.execute(_SIGN_IN_IN_FORCE, [sign_in_id])
            row = cursor.fetchone()
        if row is None:
            return None
        found = cls.from_db(connection.alias, _SIGN_IN_COLUMNS, row[: len(_SIGN_IN_COLUMNS)])
        found.user = User.from_db(connection.alias, _USER_COLUMNS, row[len(_SIGN_IN_COLUMNS) :])
        return found

    @property
    def device_name(self) -> str:
        """What the device is called where people read it."""
        return devices.called(self.device)

    def mark_seen(self) -> None:
        """Note that the device was here now; written at most every five minutes, or each read would cost a write."""
        now = timezone.now()
        if self.last_seen_at < now - SEEN_EVERY:
            SignIn.objects.filter(pk=self.pk).update(last_seen_at=now)


class Authenticator(TOTPDevice):  # type: ignore[misc]  # django-otp has no types
    """An app that makes codes for the second step: django-otp's own row, whose key is sealed. Made by second_step."""

    class Meta:
        proxy = True

    @property
    def bin_key(self) -> bytes:
        """The key that app and server share. Raises sealing.Unreadable."""
        return sealing.unseal(self.key, owner=self.user_id)


class LetterKind(models.TextChoices):
    """What a mail about an account says."""

    CONFIRM = "confirm", "Confirm your address"
    KNOWN = "known", "You have an account already"
    RESET = "reset", "Set a new password"
    CHANGED = "changed", "Your password was changed"
    SECOND_ON = "second_on", "Signing in now asks for a code"
    SECOND_OFF = "second_off", "Signing in asks for no code any more"


class Letter(models.Model):
    """A mail that is owed to somebody about their account. Its link is made when it is sent, and stored nowhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Null where nobody has the address that somebody typed: nothing is sent, after the same work.
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=12, choices=LetterKind.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Whoever sends it has it until then; after a failure it rests so long.
    not_before = models.DateTimeField(null=True)
    # When it went out, or was found not to be wanted.
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # What is owed, for the sweep.
            models.Index(fields=["created_at"], condition=models.Q(done_at=None), name="letter_owed"),
        ]

    def __str__(self) -> str:
        return self.kind


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def revoke(self) -> int:
        """End these keys at once, for good; return how many were still in force."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())


class ApiKey(models.Model):
    """A recruiter's key for programs, sent as `Authorization: Bearer …`. Only a hash of it is stored."""

    PREFIX = "gr_"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    start = models.CharField(max_length=12, help_text="The key's first characters, to tell keys apart.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.start}…)"

    @classmethod
    def make(cls, *, user: User, name: str) -> tuple[ApiKey, str]:
        """Make and save a key; return it with its secret, which is not stored and can't be shown again.

        The secret has 256 random bits, so a plain SHA-256 is enough: there is nothing to guess by brute force.
        """
        secret = cls.PREFIX + secrets.token_urlsafe(32)
        return cls.objects.create(user=user, name=name, start=secret[:8], digest=cls.digest_of(secret)), secret

    @classmethod
    def in_force(cls, secret: str) -> ApiKey | None:
        """The key with this secret and its user, unless it was revoked or the user was put out of use.

        Written out, since this runs at each request of a program: building it anew by the ORM took longer than
        everything else in Python that the busiest list does.
        """
        with connection.cursor() as cursor:
            cursor.execute(_KEY_IN_FORCE, [cls.digest_of(secret.strip())])
            row = cursor.fetchone()
        if row is None:
            return None
        key = cls.from_db(connection.alias, _KEY_COLUMNS, row[: len(_KEY_COLUMNS)])
        key.user = User.from_db(connection.alias, _USER_COLUMNS, row[len(_KEY_COLUMNS) :])
        return key

    def mark_used(self) -> None:
        """Note that the key was used now; written at most once a minute, or each read would cost a write."""
        now = timezone.now()
        if self.last_used_at is None or self.last_used_at < now - timedelta(minutes=1):
            ApiKey.objects.filter(pk=self.pk).update(last_used_at=now)

    @staticmethod
    def digest_of(secret: str) -> str:
        """The SHA-256 of a secret, in hex, as it is stored."""
        return hashlib.sha256(secret.encode()).hexdigest()


class LinkQuerySet(models.QuerySet["Link"]):
    def in_force(self) -> LinkQuerySet:
        """Links that open something now."""
        return self.filter(revoked_at=None, closed_at=None, expires_at__gt=timezone.now())

    def of(self, *, purpose: str, subject_id: uuid.UUID) -> LinkQuerySet:
        """Links to one thing."""
        return self.filter(purpose=purpose, subject_id=subject_id)


class Link(models.Model):
    """A signed link for a person without an account. The token itself is nowhere stored: see accounts.links."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.SlugField(max_length=20, help_text="What it opens, e.g. interview; the token's audience.")
    subject_id = models.UUIDField(help_text="Which one it opens, and no other; the token's subject.")
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of the token's unique id.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    # When somebody first came by it. It stays in force: a person may come back, on another device too.
    opened_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # When what it was for was completed: from then on it opens nothing.
    closed_at = models.DateTimeField(null=True)

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # The links of one interview, newest first: to show, revoke and re-issue them.
            models.Index(fields=["purpose", "subject_id", "-created_at"], name="link_subject_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_id}"

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None and self.closed_at is None and self.expires_at > timezone.now()


def _columns(model: type[models.Model], *but: str) -> list[str]:
    """A model's columns in the order of its fields, which is the order that `from_db` takes values in."""
    return [field.attname for field in model._meta.concrete_fields if field.attname not in but]


_KEY_COLUMNS = _columns(ApiKey)
_SIGN_IN_COLUMNS = _columns(SignIn)
_USER_COLUMNS = _columns(User, "password", "last_login", "date_joined")
_KEY_IN_FORCE = (
    f"SELECT {', '.join(f'k.{name}' for name in _KEY_COLUMNS)}, {', '.join(f'u.{name}' for name in _USER_COLUMNS)}"  # noqa: S608
    " FROM accounts_apikey k JOIN accounts_user u ON u.id = k.user_id"
    " WHERE k.digest = %s AND k.revoked_at IS NULL AND u.is_active"
)
_SIGN_IN_IN_FORCE = (
    f"SELECT {', '.join(f's.{name}' for name in _SIGN_IN_COLUMNS)}, {', '.join(f'u.{name}' for name in _USER_COLUMNS)}"  # noqa: S608
    " FROM accounts_signin s JOIN accounts_user u ON u.id = s.user_id"
    " WHERE s.id = %s AND s.ended_at IS NULL AND s.expires_at > statement_timestamp() AND u.is_active"
)
