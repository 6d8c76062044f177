"""Rules that answer what a job description asks for."""

from __future__ import annotations

import random
import re
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.judging import INVENTED
from llm.simulator.request import ChatRequest
from llm.simulator.text import Passage, passages, words

_NICE = re.compile(r"\b(?:nice to have|preferred|a plus|bonus|ideally|desirable|optional)\b", re.IGNORECASE)
_MUST = re.compile(
    r"\b(?:must|required?|requirements?|essential|mandatory|minimum|at least|need(?:ed)?|what you bring|"
    r"qualifications?)\b",
    re.IGNORECASE,
)
_TASKS = re.compile(r"\b(?:responsibilit\w+|what you will do|your tasks|the role|duties)\b", re.IGNORECASE)
_REST = re.compile(r"\b(?:we offer|benefits|about us|equal opportunity|who we are|perks)\b", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"\b(?:age|aged|young|old|gender|male|female|family|married|religio\w+|origin|native|health|disab\w+|looks|attractive|"
    r"pregnan\w+|citizen\w*|nationality)\b",
    re.IGNORECASE,
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("education", re.compile(r"\b(?:degree|bachelor|master|ph\.?d|diploma|b\.?sc|m\.?sc)\b", re.IGNORECASE)),
    ("certificate", re.compile(r"\b(?:certifi\w+|licen[cs]e\w*)\b", re.IGNORECASE)),
    ("years", re.compile(r"\b\d+\s*\+?\s*(?:years|yrs)\b", re.IGNORECASE)),
)
_LEAD = re.compile(
    r"^(?:(?:a |an |the )?(?:strong |proven |solid |excellent |good |deep |hands-on |professional |demonstrable )*"
    r"(?:experience|knowledge|understanding|record|command|track record|ability|background|familiarity|skills?)\s+"
    r"(?:of|with|in|to|selling to|working with)\s+|minimum of |at least |you have |you are |must have |must be )",
    re.IGNORECASE,
)
_SIGNS = (
    ("Frequent changes of employer within a short time", r"\b(?:long[- ]term|stay|grow with us|own)\b"),
    ("Results stated without figures", r"\b(?:quota|target|record|results?|metrics?)\b"),
    ("No hands-on work in recent years", r"\b(?:hands-on|design|build|write|code|run)\b"),
    ("No contact with customers", r"\b(?:customer|client|stakeholder|sales|account)\b"),
    ("Led only on paper: no team size, no outcome", r"\b(?:lead|led|mentor|manage|team)\b"),
)
_ROLE = re.compile(
    r"\b((?:[A-Z][\w-]+\s+){0,3}(?:Engineer|Developer|Executive|Manager|Director|Designer|Analyst|Architect|Consultant|"
    r"Representative|Scientist|Specialist|Nurse|Teacher|Accountant|Recruiter|Officer|Coordinator))\b"
)


def read_job(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """The criteria, wanted facts and warning signs of a job description, each with its quote."""
    data = asked.data
    description = str(data.get("description") or data.get("job_description") or "")
    title = str(data.get("title") or "")
    known = [words(str(one.get("label", ""))) for one in data.get("found") or [] if isinstance(one, dict)]
    criteria = []
    for passage, importance in _asked_for(description):
        label = _label(passage.text)
        told = words(label)
        if (
            not told
            or _FORBIDDEN.search(passage.text)
            or any(one and len(one & told) >= 0.6 * len(one) for one in known)
        ):
            continue
        known.append(told)
        quote = INVENTED if lot.random() < behaviour.rate_invented_quote else passage.text
        criteria.append(
            {
                "label": label,
                "kind": next(
                    (kind for kind, pattern in _KINDS if pattern.search(passage.text)), _skill_or_judged(label)
                ),
                "description": f"States concrete facts about this: {label}.",
                "importance": importance,
                "quote": quote,
            }
        )
        if len(criteria) == 8:
            break
    return {
        "role_type": _role_type(title, description),
        "criteria": criteria,
        "fields": _fields(description),
        "red_flag_indicators": _signs(description),
    }


def _asked_for(description: str) -> list[tuple[Passage, str]]:
    """What a description asks for and how much, by the heading that it stands under and by its own words."""
    found = []
    heading = ""
    for line in description.splitlines():
        text = line.strip(" \t•*-–·")
        if not text:
            continue
        is_heading = len(text) < 60 and not line.lstrip().startswith(("-", "•", "*", "–")) and not text.endswith(".")
        if is_heading and (_NICE.search(text) or _MUST.search(text) or _TASKS.search(text) or _REST.search(text)):
            heading = "nice" if _NICE.search(text) else "rest" if _REST.search(text) else "tasks"
            heading = "must" if heading == "tasks" and _MUST.search(text) and not _TASKS.search(text) else heading
            continue
        for passage in passages({"description": text}):
            if _REST.search(passage.text):
                continue
            if _NICE.search(passage.text) or heading == "nice":
                found.append((passage, "nice_to_have"))
            elif _MUST.search(passage.text) or heading == "must":
                found.append((passage, "required"))
            elif heading == "tasks":
                found.append((passage, "important"))
    return sorted(found, key=lambda pair: ("required", "important", "nice_to_have").index(pair[1]))


def _label(text: str) -> str:
    label = _LEAD.sub("", text.split(":")[0] if 8 < text.find(":") < 50 else text).strip(" .;")
    label = re.split(r"[;.(]| as well as ", label)[0].strip(" ,")
    if len(label) > 64:
        label = label[: label.rfind(" ", 0, 64)].rstrip(" ,")
    return label[:1].upper() + label[1:]


def _skill_or_judged(label: str) -> str:
    return "skill" if len(label.split()) <= 3 else "judged"


def _role_type(title: str, description: str) -> str:
    name = title
    if not name:
        found = _ROLE.search(description)
        name = found[1] if found else "general"
    name = re.sub(r"^(?:senior|junior|lead|staff|principal)\s+", "", name.strip(), flags=re.IGNORECASE)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "general"


def _fields(description: str) -> list[dict[str, Any]]:
    wanted = (
        (
            "largest_deal_usd",
            "number",
            "Largest deal closed, in US dollars",
            r"\b(?:deal|six-figure|contract|quota)\w*",
        ),
        (
            "languages",
            "string_list",
            "Languages spoken and how well",
            r"\b(?:German|French|Spanish|fluent|bilingual)\b",
        ),
        (
            "team_size_led",
            "number",
            "Largest team led, in people",
            r"\b(?:lead|led|mentor|manage)\b.*\b(?:team|engineers)\b",
        ),
        ("has_security_clearance", "boolean", "Holds a security clearance", r"\bclearance\b"),
        ("willing_to_travel", "boolean", "Would travel for the job", r"\btravel\b"),
        (
            "on_call_experience",
            "boolean",
            "Has been on call for a running service",
            r"\bon[- ]call\b|\brequests a second\b",
        ),
    )
    found = []
    for name, kind, meaning, pattern in wanted:
        for passage in passages({"description": description}):
            if re.search(pattern, passage.text, re.IGNORECASE) and not _FORBIDDEN.search(passage.text):
                found.append(
                    {
                        "field_name": name,
                        "field_type": kind,
                        "description": meaning,
                        "is_required": bool(_MUST.search(passage.text)),
                        "quote": passage.text,
                    }
                )
                break
    return found


def _signs(description: str) -> list[dict[str, Any]]:
    found = []
    for indicator, pattern in _SIGNS:
        for passage in passages({"description": description}):
            if re.search(pattern, passage.text, re.IGNORECASE):
                found.append({"indicator": indicator, "quote": passage.text})
                break
    return found[:4]
