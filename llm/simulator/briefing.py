"""The rule that answers as the briefing assistant: what the material says, and questions about the rest."""

from __future__ import annotations

import random
from typing import Any

from llm.simulator.behaviour import Behaviour
from llm.simulator.request import ChatRequest
from llm.simulator.text import best, passages, shortened, texts_in, words
from llm.simulator.weighing import orders_in

_ABOUT_QUESTIONS = words("question ask asking probe dig explore test check start open")
_TEMPLATES = (
    "Tell me about a time when {what} mattered in your work. What was your own part?",
    "What have you done with {what}, and what came of it?",
    "Walk me through one concrete example of {what}, from start to result.",
)


def advise(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> dict[str, Any]:
    """What the material says about the question, word for word, and questions where some were asked for."""
    question = str(asked.data.get("question") or "")
    material = {
        name: text
        for part in ("briefing", "prebrief")
        for name, text in texts_in(asked.data.get(part) or {})
        if isinstance(text, str)
    }
    read = passages(material)
    wanted = words(question)
    obeyed = orders_in(read) if behaviour.obey_injection else None
    passage, fits = (obeyed, 9.0) if obeyed is not None else best(read, wanted - _ABOUT_QUESTIONS)
    areas = [str(area) for area in (asked.data.get("briefing") or {}).get("focus_areas") or []]
    wants_questions = bool(wanted & _ABOUT_QUESTIONS) or not areas
    steady = random.Random(f"{behaviour.seed}:{asked.digest}")
    topics = [area for area in areas if words(area) & wanted] or areas[:3]
    return {
        "reply": f"From the material: “{shortened(passage.text, 300)}”."
        if passage is not None and fits >= 1
        else "The material does not tell. Ask [name] directly.",
        "questions_to_ask": [steady.choice(_TEMPLATES).format(what=f"“{shortened(topic, 80)}”") for topic in topics[:3]]
        if wants_questions
        else [],
        "is_known": passage is not None and fits >= 1,
    }
