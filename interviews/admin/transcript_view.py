"""A transcript as the console shows it: turns with their moments, hints beside them, quotes marked in their words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from candidates.admin.sources import Piece, Span, pieces
from candidates.evidence import fold
from interviews import presenting
from interviews.models import Hint, Interview, Turn
from interviews.states import Role, Speaker


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of a turn that something on the page rests on; `key` names the link that leads to them."""

    key: str
    turn: int
    quote: str


@dataclass(frozen=True, slots=True)
class Line:
    """One turn, ready to be shown. `opens` is the name of the stage that begins with it, "" elsewhere."""

    turn: Turn
    who: str
    at: str
    opens: str
    pieces: list[Piece]
    hint: Hint | None
    verdict: str
    verdict_tone: str
    flags: list[str] = field(default_factory=list)


def names_of(interview: Interview) -> dict[str, str]:
    """Who speaks, by part: the person's own name, or whom the AI plays."""
    candidate = interview.candidate.name or interview.room.candidate_name or "Candidate"
    if interview.role == Role.CANDIDATE:
        return {Speaker.INTERVIEWER: "AI interviewer", Speaker.CANDIDATE: candidate}
    return {
        Speaker.INTERVIEWER: interview.room.interviewer_name or "Interviewer",
        Speaker.CANDIDATE: f"{candidate}, played by AI",
    }


def lines_of(interview: Interview, turns: Sequence[Turn], quotes: Iterable[Quoted]) -> list[Line]:
    """All turns in order, each with the hint given on it, the flags raised by it, and the quotes marked in it."""
    hints = {hint.turn_id: hint for hint in Hint.objects.filter(turn__in=turns)}
    by_turn: dict[int, list[Quoted]] = {}
    for quoted in quotes:
        by_turn.setdefault(quoted.turn, []).append(quoted)
    raised: dict[int, list[str]] = {}
    for flag in interview.flags:
        if isinstance(flag.get("turn"), int):
            code = str(flag.get("code", ""))
            label = presenting.FLAG_LABELS.get(code, (presenting.humanised(code), ""))[0]
            raised.setdefault(flag["turn"], []).append(label)
    names = names_of(interview)
    stages = stage_labels(interview)
    start = turns[0].started_at if turns else None
    lines, stage = [], ""
    for turn in turns:
        opens = stages.get(turn.stage, presenting.humanised(turn.stage)) if turn.stage and turn.stage != stage else ""
        stage = turn.stage or stage
        hint = hints.get(turn.pk)
        lines.append(
            Line(
                turn=turn,
                who=names[turn.speaker],
                at=presenting.clock((turn.started_at - start).total_seconds()) if start else "",
                opens=opens,
                pieces=pieces(turn.text, spans_of(turn.text, by_turn.get(turn.number, []))),
                hint=hint,
                verdict=str(hint.get_verdict_display()) if hint else "",
                verdict_tone=presenting.VERDICT_TONES.get(hint.verdict, "plain") if hint else "",
                flags=raised.get(turn.number, []),
            )
        )
    return lines


def spans_of(text: str, quotes: Iterable[Quoted]) -> list[Span]:
    """Where quotes stand in a turn; one that stands nowhere is left out, and its link leads to the turn as a whole."""
    folded = fold(text)
    found = []
    for quoted in quotes:
        words = fold(quoted.quote.strip()).text
        start = folded.text.find(words) if words else -1
        if start >= 0:
            found.append(Span(*folded.span(start, start + len(words)), quoted.key))
    return found


def stage_labels(interview: Interview) -> dict[str, str]:
    """The names of the plan's stages by key."""
    stages = (interview.plan or {}).get("stages") or []
    return {str(stage.get("key")): str(stage.get("label") or stage.get("key")) for stage in stages}


def timeline(interview: Interview, turns: Sequence[Turn]) -> dict[str, Any]:
    """Who spoke when, in seconds from the first word, and the stages as stretches of time: what the chart draws."""
    if not turns:
        return {"seconds": 0.0, "turns": [], "stages": [], "names": names_of(interview)}
    start = turns[0].started_at
    labels = stage_labels(interview)

    def offset(moment: datetime) -> float:
        return round(max(0.0, (moment - start).total_seconds()), 2)

    end = max(offset(turn.ended_at) for turn in turns)
    spoken = [
        {
            "number": turn.number,
            "speaker": turn.speaker,
            "from": offset(turn.started_at),
            "to": offset(turn.ended_at),
            "words": len(turn.text.split()),
        }
        for turn in turns
    ]
    stages: list[dict[str, Any]] = []
    for turn in turns:
        if turn.stage and (not stages or stages[-1]["key"] != turn.stage):
            if stages:
                stages[-1]["to"] = offset(turn.started_at)
            label = labels.get(turn.stage, presenting.humanised(turn.stage))
            stages.append({"key": turn.stage, "label": label, "from": offset(turn.started_at), "to": end})
    return {"seconds": end, "turns": spoken, "stages": stages, "names": names_of(interview)}
