"""Column defaults and constraints that several models share."""

from __future__ import annotations

from django.db import models


class UUID7(models.Func):
    """Postgres 18's own uuidv7(): ordered by time, so that a million inserts append to the index."""

    function = "uuidv7"
    template = "%(function)s()"
    output_field = models.UUIDField()


class Words(models.Func):
    """The words of a text[] column as one text; see migration 0001_functions."""

    function = "greenroom_words"
    arity = 1
    output_field = models.TextField()


def in_choices(
    field: str, choices: type[models.TextChoices], *, name: str, null: bool = False
) -> models.CheckConstraint:
    """A constraint that `field` holds one of `choices` (or null, where `null`)."""
    condition = models.Q(**{f"{field}__in": choices.values})
    if null:
        condition |= models.Q(**{field: None})
    return models.CheckConstraint(condition=condition, name=name)
