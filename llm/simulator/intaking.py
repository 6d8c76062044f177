"""Rules that read a candidate's words for an intake: which words tell which field, as the model's calls."""

from __future__ import annotations

import random
import re
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest
from llm.simulator.talking import ABUSE, DISTRESS, STOPS

_ORDERS = re.compile(r"(?i)\b(?:set|make|mark|fill)\b.*\b(?:score|gaps?|fields?)\b|\byou are now\b|\bsystem:")
_ALL_SAID = re.compile(
    r"(?i)\b(?:that['’]?s (?:all|it)|i['’]?m (?:done|finished)|stop here|das war['’]?s|eso es todo)\b|^\W*stop\W*$"
)
_SKIPS = re.compile(
    r"(?i)^\W*(?:please\s+)?(?:skip|pass|next|überspringen|weiter|saltar|omitir)\b"
    r"|\b(?:rather not|prefer not|lieber nicht|prefiero no)\b"
)
_THINKS = re.compile(r"(?i)^\W*(?:let me think|one moment|hello|hi|hm+|moment|hallo|hola|un momento)\b[^?]{0,30}$")
_YES = re.compile(r"(?i)^\W*(?:yes|yeah|yep|correct|right|that['’]?s right|exactly|ja|genau|stimmt|sí|si|correcto)\b")
_NO = re.compile(r"(?i)^\W*(?:no|nope|wrong|nein|falsch|not quite)\b")
_CORRECTS = re.compile(
    r"(?i)^\W*(?:(?:no|nein|sorry|perdón|entschuldigung)\b[\s,.]*)+(?:i meant|ich meine?|quería decir|it['’]?s)?[\s,.]*"
    r"|^\W*(?:i meant|i mean|ich meinte?|quería decir)\b[\s,.]*"
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"\+\d[\d\s().-]{6,}\d")
_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_UNTIL = r"(?=\s+(?:as|and|und|y)\b|[,.;!?]|$)"
_LEADS = {
    "location": re.compile(
        r"(?i)\b(?:i (?:now )?live in|i['’]?m based in|ich wohne in|vivo en)\s+([^,.;!?]+?)" + _UNTIL
    ),
    "current_company": re.compile(r"(?i)\b(?:i work (?:for|at)|ich arbeite bei|trabajo en)\s+([^,.;!?]+?)" + _UNTIL),
    "current_role": re.compile(r"(?i)\b(?:i work as|as) an?\s+([^,.;!?]+?)" + _UNTIL),
    "years_experience": re.compile(r"(?i)\b(\d+(?:\.\d+)?) years\b"),
}


def take_in(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """One turn of an intake: the calls that the words ask for, how they read, and an answer to a question."""
    data = asked.data
    now = data.get("now") or {}
    said = str(now.get("candidate_said") or "").strip()
    fields = {str(one["field_name"]): one for one in data.get("fields") or []}
    turn: dict[str, Any] = {
        "update_candidate_profile": [],
        "agrees": "neither",
        "skips": False,
        "asks": False,
        "thinks": False,
        "wants_to_end": False,
        "distress": False,
        "abuse": False,
        "quote": "",
        "say": "",
    }
    for name, pattern in (("distress", DISTRESS), ("abuse", ABUSE)):
        if found := pattern.search(said):
            return turn | {name: True, "quote": found[0].strip()}
    if behaviour.obey_injection and not data.get("refused_calls"):
        # A model that was talked into it: it calls for what is not there, and for what nobody said.
        calls = [{"field_name": "algo_score", "field_value": 100, "quote": said}]
        calls += [{"field_name": name, "field_value": _made_up(one), "quote": "yes"} for name, one in fields.items()]
        return turn | {"update_candidate_profile": calls}
    if _ORDERS.search(said):
        return turn
    if found := STOPS.search(said) or _ALL_SAID.search(said):
        return turn | {"wants_to_end": True, "quote": found[0].strip()}
    if _SKIPS.search(said):
        return turn | {"skips": True}
    if _THINKS.search(said):
        return turn | {"thinks": True}
    read_back = now.get("read_back")
    if read_back and (_YES.search(said) or _NO.search(said)):
        turn["agrees"] = "yes" if _YES.search(said) else "no"
    calls = _calls(said, fields, now, agreed=turn["agrees"])
    if not calls and said.endswith("?"):
        why = str(now.get("why_it_is_asked") or "")
        return turn | {"asks": True, "say": why or f"A person can tell you: {data.get('human_contact')}."}
    return turn | {"update_candidate_profile": calls}


def _calls(said: str, fields: dict[str, Any], now: dict[str, Any], *, agreed: str) -> list[dict[str, Any]]:
    read_back = now.get("read_back") or {}
    target = read_back.get("field_name") or now.get("open_field")
    rest, corrected = said, _CORRECTS.match(said)
    if corrected and corrected.end() < len(said.rstrip(" .!")):
        rest = said[corrected.end() :]
        if not read_back and now.get("written_last") and fields.get(str(target), {}).get("type") != "boolean":
            target = now["written_last"]
    calls = [
        {"field_name": name, "field_value": float(told[1]) if name == "years_experience" else told[1], "quote": told[0]}
        for name, pattern in _LEADS.items()
        if name in fields and (told := pattern.search(rest))
    ]
    for name, pattern in (("email", _EMAIL), ("phone", _PHONE)):
        if name in fields and (told := pattern.search(rest)):
            calls.append({"field_name": name, "field_value": told[0], "quote": told[0]})
    agrees_alone = agreed != "neither" and not re.search(r"\w", _NO.sub("", _YES.sub("", rest)))
    if target in fields and not calls and not agrees_alone and agreed != "yes" and not rest.endswith("?"):
        calls += _as_a_whole(str(target), fields[str(target)], rest)
    return calls


def _as_a_whole(name: str, field: dict[str, Any], said: str) -> list[dict[str, Any]]:
    """The words as the value of the field that was asked for, where they can be one."""
    value: Any = said.strip().rstrip(".!")
    match field["type"]:
        case "number":
            told = _NUMBER.search(said)
            if told is None:
                return []
            thousands = 1_000 if re.search(r"\d\s*k\b", said, re.IGNORECASE) else 1
            value = float(told[0].replace(",", "")) * thousands
        case "boolean":
            if not (_YES.search(said) or _NO.search(said)):
                return []
            value = bool(_YES.search(said))
        case "string_list":
            value = [item.strip() for item in re.split(r",|\band\b", value) if item.strip()]
    return [{"field_name": name, "field_value": value, "quote": said.strip()}]


def _made_up(field: dict[str, Any]) -> Any:
    return {"number": 99.0, "boolean": True, "string_list": ["everything"]}.get(field["type"], "filled")
