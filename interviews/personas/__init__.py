"""Who an AI candidate is: the stored profile as it is, and, to train interviewers, what it hides.

The catalogue of hidden traits is `traits.json` beside this file: what the candidate does because of each, and how a
good interviewer finds it.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from candidates import material
from candidates.models import Candidate
from interviews.errors import UnknownTrait
from interviews.schemas import HiddenTrait, Persona

__all__ = ["MOST_BACKGROUND", "RANDOM_TRAITS", "TRAITS", "choose", "of"]

# How many traits "random" picks: one is too easy to build the whole interview around, three crowd each other out.
RANDOM_TRAITS = 2
# Characters of background that go to the model with every turn; a résumé has 3,000 to 8,000.
MOST_BACKGROUND = 12_000
# Traits that would contradict each other in one person.
_APART = (frozenset({"rambling", "over_rehearsed"}), frozenset({"blames_others", "avoids_conflict"}))


@functools.cache
def _catalogue() -> dict[str, HiddenTrait]:
    listed = json.loads((Path(__file__).parent / "traits.json").read_text())
    return {one["key"]: HiddenTrait.model_validate(one) for one in listed}


TRAITS: Mapping[str, HiddenTrait] = _catalogue()


def of(candidate: Candidate, *, traits: Sequence[str] | Literal["random"] | None, seed: int | None) -> Persona:
    """The persona of an AI that plays this candidate.

    `traits` are keys of TRAITS, "random" for a few of them (the same ones for the same `seed`), or None for a candidate
    who hides nothing. Raises UnknownTrait.
    """
    hidden = choose(traits, seed=seed)
    documents = list(candidate.documents.order_by("created_at", "id"))
    return Persona(
        name=candidate.name or "",
        role=candidate.current_role or "",
        company=candidate.current_company or "",
        years_experience=candidate.years_experience,
        background=_background(material.originals(candidate, documents)),
        traits=hidden,
        chattiness="rambling" if any(trait.key == "rambling" for trait in hidden) else "normal",
    )


def choose(traits: Sequence[str] | Literal["random"] | None, *, seed: int | None) -> list[HiddenTrait]:
    """The traits of these keys, or random ones that go together. Raises UnknownTrait."""
    if traits is None:
        return []
    if traits == "random":
        lot = random.Random(seed)  # noqa: S311 - what a trainee is to find is no secret worth keeping
        keys = sorted(TRAITS)
        lot.shuffle(keys)
        chosen: list[str] = []
        for key in keys:
            if not any(key in apart and apart & set(chosen) for apart in _APART):
                chosen.append(key)
            if len(chosen) == RANDOM_TRAITS:
                break
        return [TRAITS[key] for key in chosen]
    unknown = [key for key in traits if key not in TRAITS]
    if unknown:
        raise UnknownTrait(
            "There is no such hidden trait.", fields={"traits": [f"Choose from: {', '.join(sorted(TRAITS))}."]}
        )
    return [TRAITS[key] for key in dict.fromkeys(traits)]


def _background(texts: Sequence[tuple[str, str]]) -> str:
    """Everything known, each text under its name, cut where it gets too long.

    Sentences that give orders to a model are left out: this text decides what an AI says.
    """
    parts = []
    left = MOST_BACKGROUND
    for number, (name, text) in enumerate(texts, start=1):
        heading = f"document {number}" if name.startswith("document:") else name.replace("_", " ")
        clean = material.shortened_to(_without(text, material.withheld(text)), limit=max(0, left)).strip()
        if clean:
            parts.append(f"{heading}:\n{clean}")
            left -= len(clean)
    return "\n\n".join(parts)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    kept, done = [], 0
    for start, end in spans:
        kept.append(text[done:start])
        done = max(done, end)
    return "".join([*kept, text[done:]])
