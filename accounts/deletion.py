"""Deleting an account: what is held, what goes, and what has to stay.

Everything that hangs on an account goes with it, for good: sign-ins, keys, practice sessions with every word and
evaluation. One thing stays, of recruiters alone: that one and the same person did what was done to candidates (decided,
changed a profile, made an interview). Records of hiring must be kept (in the US for a year at least, 29 CFR 1602.14; in
the EU the right to erasure gives way to legal duties and claims, GDPR art. 17 (3) b and e), and a decision of nobody is
none. So the recruiter's row stays, without name, address, password or any right: a number that nobody can sign in with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.apps import apps
from django.contrib import auth
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import backends, signing_in
from accounts.errors import LastAdministrator
from accounts.models import Link, SignIn, SignInEnd, User

KEPT = (
    "What you did as a recruiter (decisions, changes to profiles, interviews) stays, as records of hiring must, under "
    "a number in place of your name and address: 29 CFR 1602.14 (US), GDPR art. 17 (3) b and e (EU)."
)


@dataclass(frozen=True, slots=True)
class Deleted:
    """What went: how many rows of each kind, in words. `kept` says what stayed and why; empty where nothing did."""

    counts: dict[str, int]
    kept: str


# What rows of others' apps are called, one and many; ours say it themselves.
_WORDS = {
    "admin.logentry": ("entry of the console's log", "entries of the console's log"),
    "otp_totp.totpdevice": ("app that makes codes", "apps that make codes"),
    "otp_static.staticdevice": ("set of recovery codes", "sets of recovery codes"),
    "otp_static.statictoken": ("recovery code", "recovery codes"),
}

# What upper floors hold of a person beside the rows that point at the account, such as what was said in a voice room:
# each function deletes it and returns how many rows of each kind went. Filled by the apps when they are ready.
ALSO_ERASE: list[Callable[[User], dict[str, int]]] = []


def holdings(user: User) -> dict[str, int]:
    """What hangs on an account and would go with it: how many rows of each kind, in words. The account counts too.

    Counted by the database along the foreign keys that a deletion follows; nothing is loaded.
    """
    counts: Counter[str] = Counter({_kind(User): 1})
    seen: set[type[models.Model]] = {User}
    todo: list[models.QuerySet[models.Model]] = [User.objects.filter(pk=user.pk)]
    while todo:
        parents = todo.pop()
        for model, field in _children(parents.model, models.CASCADE):
            if model not in seen:
                seen.add(model)
                todo.append(model._base_manager.filter(**{f"{field}__in": parents}))
                counts[_kind(model)] = todo[-1].count()
    return _shown(counts)


def in_words(counts: Mapping[str, int]) -> list[str]:
    """What `holdings` and `Deleted` count, for people: "1 session", "2 sessions"."""
    singular = {_kind(model): _name(model) for model in apps.get_models()}
    return [f"{count:,} {singular.get(kind, kind) if count == 1 else kind}" for kind, count in counts.items()]


def only_administrators(users: Iterable[User]) -> list[User]:
    """Those of these users without whom nobody could let others in any more."""
    found = [user for user in users if user.is_superuser]
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk__in=[user.pk for user in found])
    return [] if not found or others.exists() else found


def leaves_a_record(user: User) -> bool:
    """Whether something was done to candidates under this account, so that a nameless row of it stays."""
    return any(rows.exists() for rows in _pointing(models.SET_NULL, user))


def delete(*, request: HttpRequest, user: User, password: str) -> Deleted:
    """Delete somebody's own account, after another look at the password; nothing of it opens anything from then on.

    Raises WrongPassword, LockedOut; LastAdministrator for the only one who can let others in.
    """
    signing_in.confirm(request=request, user=user, password=password)
    done = erase(user)
    if request.session.get(auth.SESSION_KEY) == str(user.pk):
        auth.logout(request)
    return done


def erase(user: User) -> Deleted:
    """Delete an account with all that hangs on it. Twice is once. Raises LastAdministrator."""
    with transaction.atomic():
        locked = User.objects.select_for_update().filter(pk=user.pk).first()
        if locked is None:
            return Deleted({}, "")
        if only_administrators([locked]):
            raise LastAdministrator("This is the only administrator. Make somebody else one first.")
        counts: Counter[str] = Counter()
        for erase_more in ALSO_ERASE:
            counts.update(erase_more(locked))
        SignIn.objects.filter(user=locked).end(SignInEnd.SIGNED_OUT)
        counts.update(_gone(Link.objects.filter(subject_id=locked.pk)))
        backends.forget_failures(locked)
        keeps = leaves_a_record(locked)
        counts.update(_strip(locked) if keeps else _gone(User.objects.filter(pk=locked.pk)))
    return Deleted(_shown(counts), KEPT if keeps else "")


def _strip(user: User) -> Counter[str]:
    """Take everything personal from a row that stays, and delete all that hangs on it."""
    counts: Counter[str] = Counter()
    for rows in _pointing(models.CASCADE, user):
        counts.update(_gone(rows))
    user.email = f"{user.pk.hex}@deleted.invalid"
    user.name = ""
    user.is_staff = user.is_superuser = user.is_active = False
    user.email_verified_at = user.activated_at = user.last_login = None
    user.date_joined = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    user.set_unusable_password()
    user.save()
    counts["name, address and password"] = 1
    return counts


def _pointing(on_delete: Callable[..., None], user: User) -> list[models.QuerySet[models.Model]]:
    """The rows of other tables that point at a user and are dealt with in this way when the user goes."""
    return [model._base_manager.filter(**{field: user}) for model, field in _children(User, on_delete)]


def _children(parent: type[models.Model], on_delete: Callable[..., None]) -> list[tuple[type[models.Model], str]]:
    """The models, with their foreign key, whose rows are dealt with in this way when a parent's row goes."""
    return [
        (relation.related_model, relation.field.name)
        for relation in parent._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is on_delete
    ]


def _gone(rows: models.QuerySet[models.Model]) -> Counter[str]:
    _, counts = rows.delete()
    return Counter({_kind(apps.get_model(label)): count for label, count in counts.items()})


def _kind(model: type[models.Model]) -> str:
    return _WORDS.get(model._meta.label_lower, ("", str(model._meta.verbose_name_plural)))[1]


def _name(model: type[models.Model]) -> str:
    return _WORDS.get(model._meta.label_lower, (str(model._meta.verbose_name), ""))[0]


def _shown(counts: Counter[str]) -> dict[str, int]:
    return {kind: count for kind, count in sorted(counts.items()) if count}
