"""What to do next: a plan of at most three steps, each with a session that is ready to begin.

Drawn by rule from the last ten evaluated sessions: what is weak again and again comes first, then what was weak once,
then what has most to gain. No model is asked; the same standing gives the same plan.
"""

from __future__ import annotations

from collections.abc import Sequence

from accounts.models import User
from coaching import improvements
from coaching.drills import DRILLS, FIRST, HARDER, Drill
from coaching.evaluation import weights
from coaching.models import Evaluation, Session
from coaching.schemas import PracticePlan, PracticeStep, PreparedSession
from coaching.states import Dimension, PreparationType
from coaching.trends import RECURS_FROM

MOST_STEPS = 3
# What was weak in one of so many last sessions is weak now.
NOW = 3
# How a prepared agenda begins; when the same session is prepared again, the old focus makes room for the new one.
_FOCUS = "Focus of this practice: "
_MOST_AGENDA, _MOST_TONE = 4000, 120


def plan(user: User) -> PracticePlan:
    """The steps to take next, the first one being what to do now. There is always one, also before any session."""
    found = improvements.lately(user)
    if not found:
        return PracticePlan(
            sessions=0,
            headline="Nothing is known yet: one conversation and its evaluation are enough to begin.",
            steps=[_first(user)],
        )
    weak = _weak(found)
    if not weak and all(weights.standing(mean) == "strong" for mean in improvements.averages(found).values()):
        return PracticePlan(
            sessions=len(found),
            headline="Strong in all six dimensions. What is left is a harder counterpart.",
            steps=[_harder(found)],
        )
    chosen = weak or weights.most_to_gain(dict(improvements.averages(found)))[:1]
    return PracticePlan(
        sessions=len(found),
        headline=_headline(found, chosen),
        steps=[_step(place, dimension, found) for place, dimension in enumerate(chosen[:MOST_STEPS], 1)],
    )


def _weak(found: Sequence[Evaluation]) -> list[Dimension]:
    """What is weak, by how often lately and at all, then by what is to be gained."""
    means = improvements.averages(found)
    times = {dimension: improvements.times_weak(found, dimension) for dimension in Dimension}
    now = {dimension: improvements.times_weak(found[:NOW], dimension) for dimension in Dimension}
    # What was weak once and is not any more needs no step.
    weak = [dimension for dimension in Dimension if now[dimension] or times[dimension] >= RECURS_FROM]
    return sorted(
        weak,
        key=lambda dimension: (
            not now[dimension],
            times[dimension] < RECURS_FROM,
            -now[dimension],
            -times[dimension],
            -weights.gain(dimension, means[dimension]),
        ),
    )


def _headline(found: Sequence[Evaluation], chosen: Sequence[Dimension]) -> str:
    named = " and ".join(f"“{dimension.label}”" for dimension in chosen[:2])
    if improvements.times_weak(found, chosen[0]) >= RECURS_FROM:
        return f"{named} {'keeps' if len(chosen) == 1 else 'keep'} coming back. Practise just that."
    return f"Most is to be gained in {named}."


def _step(place: int, dimension: Dimension, found: Sequence[Evaluation]) -> PracticeStep:
    drill = DRILLS[dimension]
    return PracticeStep(
        position=place,
        dimension=dimension,
        label=dimension.label,
        why=_why(dimension, found),
        title=drill.title,
        drill=drill.drill,
        goal=drill.goal,
        session=_prepared(drill, _scene(dimension, found)),
    )


def _why(dimension: Dimension, found: Sequence[Evaluation]) -> str:
    average = improvements.averages(found)[dimension]
    times = improvements.times_weak(found, dimension)
    if len(found) == 1:
        return f"{average:g} of 100 in your last session."
    if times:
        return f"Weak in {times} of your last {len(found)} sessions; {average:g} of 100 on average."
    return f"{average:g} of 100 on average over your last {len(found)} sessions: most of the overall score is here."


def _scene(dimension: Dimension, found: Sequence[Evaluation]) -> Session:
    """The session to hold again: of the last ones that went worst in this dimension, the newest."""
    lowest = min(getattr(one, dimension.value) for one in found[:NOW])
    return next(one.session for one in found if getattr(one, dimension.value) == lowest)


def _prepared(drill: Drill, scene: Session) -> PreparedSession:
    """The same occasion once more, with a counterpart who makes the trainee practise just this."""
    return PreparedSession(
        preparation_type=PreparationType(scene.preparation_type),
        meeting_subtype=scene.meeting_subtype,
        agenda=f"{_FOCUS}{drill.focus}\n\n{_without_focus(scene.agenda)}".strip()[:_MOST_AGENDA],
        tone=drill.tone[:_MOST_TONE],
        role_context=scene.role_context,
    )


def _without_focus(agenda: str) -> str:
    head, _, rest = agenda.partition("\n\n")
    return rest if head.startswith(_FOCUS) else agenda


def _harder(found: Sequence[Evaluation]) -> PracticeStep:
    return PracticeStep(
        position=1,
        dimension=None,
        label="All six",
        why=f"At least {weights.STRONG} of 100 on average in each dimension over your last sessions.",
        title=HARDER.title,
        drill=HARDER.drill,
        goal=HARDER.goal,
        session=_prepared(HARDER, found[0].session),
    )


def _first(user: User) -> PracticeStep:
    """A first session: of the sort that was set up last, if any was, else an interview."""
    last = Session.objects.filter(user=user).order_by("-id").only("preparation_type").first()
    kind = PreparationType(last.preparation_type) if last is not None else PreparationType.INTERVIEW
    subtype, agenda, tone = FIRST[kind]
    return PracticeStep(
        position=1,
        dimension=None,
        label="A first conversation",
        why="Three answers of a few sentences each are enough for a first evaluation.",
        title=subtype,
        drill=agenda,
        goal="Complete the session and read the evaluation: it names the one change that helps most.",
        session=PreparedSession(
            preparation_type=kind, meeting_subtype=subtype, agenda=agenda, tone=tone, role_context=""
        ),
    )
