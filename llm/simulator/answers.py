"""Which rules answer which question, and the answer as an OpenAI-compatible message."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson

from llm.simulator.behaviour import Behaviour, Fault
from llm.simulator.briefing import advise
from llm.simulator.coaching import SUMMARY, TURN, practise, summarise
from llm.simulator.coaching_judging import RULES as COACHING_RULES
from llm.simulator.extracting import extract
from llm.simulator.filling import Filler
from llm.simulator.intaking import take_in
from llm.simulator.interview_judging import RULES as INTERVIEW_RULES
from llm.simulator.job_reading import read_job
from llm.simulator.judging import ask_questions, compare, judge
from llm.simulator.request import ChatRequest
from llm.simulator.resume_answering import answer_about
from llm.simulator.talking import interview, play
from llm.simulator.text import best, passages, shortened, texts_in, words

# A rule gives what the schema asks for as a dict, or, where no schema was given, words.
Rules = Callable[[ChatRequest, Behaviour, random.Random], dict[str, Any] | str]
# A question is known by the names of its answer's properties: all of these, and no others. One that wants words is
# known by the names in its data, with "words" beside them: frozenset({"words", "persona"}).
KNOWN: dict[frozenset[str], Rules] = {
    frozenset({"values", "positions"}): extract,
    frozenset({"criteria", "summary", "pros", "cons", "questions"}): judge,
    frozenset({"questions"}): ask_questions,
    frozenset(
        {
            *("preferences", "key_differentiator", "first_strengths", "first_weaknesses"),
            *("second_strengths", "second_weaknesses"),
        }
    ): compare,
    frozenset({"role_type", "criteria", "fields", "red_flag_indicators"}): read_job,
    **INTERVIEW_RULES,
    **COACHING_RULES,
    frozenset({"reply", "questions_to_ask", "is_known"}): advise,
    TURN: practise,
    SUMMARY: summarise,
    frozenset(
        {"answered", "covers", "wants_to_end", "distress", "abuse", "off_topic", "quote", "move", "say"}
    ): interview,
    frozenset(
        {
            *("update_candidate_profile", "agrees", "skips", "asks", "thinks", "wants_to_end", "distress", "abuse"),
            *("quote", "say"),
        }
    ): take_in,
    frozenset({"words", "about", "passages", "is_all"}): answer_about,
    frozenset(
        {
            *("words", "you", "background", "how_you_behave", "job"),
            "the_last_question_may_not_be_asked_of_anyone",
        }
    ): play,
}


@dataclass(slots=True)
class Answer:
    """What the simulated model says: text, or calls of tools."""

    content: str
    tool_calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def output_tokens(self) -> int:
        return max(1, (len(self.content) + sum(len(str(call)) for call in self.tool_calls)) // 4)

    @property
    def finish_reason(self) -> str:
        return "tool_calls" if self.tool_calls else "stop"

    def message(self) -> dict[str, Any]:
        """The message of a whole answer."""
        if self.tool_calls:
            return {"role": "assistant", "content": None, "tool_calls": self.tool_calls}
        return {"role": "assistant", "content": self.content, "refusal": None}

    def deltas(self, size: int = 24) -> list[dict[str, Any]]:
        """The message in pieces of `size` characters, for a streamed answer; put together they are `message()`."""
        if self.tool_calls:
            pieces: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
            for position, call in enumerate(self.tool_calls):
                head = {**call, "index": position, "function": {**call["function"], "arguments": ""}}
                arguments = call["function"]["arguments"]
                pieces.append({"tool_calls": [head]})
                for start in range(0, len(arguments), size):
                    part = {"index": position, "function": {"arguments": arguments[start : start + size]}}
                    pieces.append({"tool_calls": [part]})
            return pieces
        parts = [self.content[start : start + size] for start in range(0, len(self.content), size)]
        return [{"role": "assistant", "content": ""}, *({"content": part} for part in parts)]


def answer(asked: ChatRequest, behaviour: Behaviour, lot: random.Random) -> Answer:
    """What the simulated model answers. Without a seed's variation: the same request gets the same answer."""
    steady = random.Random(f"{behaviour.seed}:{asked.digest}")
    may_call = asked.tools and asked.tool_choice != "none" and asked.last_role != "tool"
    if may_call and (calls := _tool_calls(asked, steady)):
        return Answer("", calls)
    known_by = _names_of(asked)
    rules = KNOWN.get(known_by) if known_by and isinstance(asked.data, dict) else None
    if asked.schema is None:
        return Answer(str(rules(asked, behaviour, lot)) if rules else _talk(asked))
    value = rules(asked, behaviour, lot) if rules else Filler(asked.data, asked.text, steady).fill(asked.schema)
    if asked.stream:
        value = in_order(value, asked.schema)
    return Answer(orjson.dumps(value).decode())


def _names_of(asked: ChatRequest) -> frozenset[str] | None:
    """What the question is known by."""
    if asked.schema is not None:
        return frozenset(asked.schema.get("properties", {}))
    return frozenset({"words", *asked.data}) if isinstance(asked.data, dict) else None


def in_order(value: Any, schema: dict[str, Any]) -> Any:
    """`value` with the properties of each object in the order of its schema, in which a model writes them."""
    if isinstance(value, list):
        return [in_order(item, schema.get("items") or {}) for item in value]
    if not isinstance(value, dict):
        return value
    properties: dict[str, Any] = schema.get("properties") or next(
        (option["properties"] for option in schema.get("anyOf") or () if "properties" in option), {}
    )
    names = [name for name in properties if name in value] + [name for name in value if name not in properties]
    return {name: in_order(value[name], properties.get(name) or {}) for name in names}


def spoilt(content: str, fault: Fault) -> str:
    """An answer made unusable: cut off in the middle, words instead of JSON, or JSON of another shape."""
    if fault == "no_json":
        return "I would rather talk about the weather."
    if fault == "broken_json":
        return content[: max(1, len(content) * 2 // 3)].rstrip('}"]') + ' … "and so on'
    return orjson.dumps({"unexpected": "This is JSON, but not what was asked for.", "score": 100}).decode()


def _talk(asked: ChatRequest) -> str:
    """A plain answer in words: what fits the last question best, out of everything said so far."""
    question = ""
    said: dict[str, str] = {}
    for position, message in enumerate(asked.messages):
        content = message.get("content")
        if isinstance(content, str):
            if message["role"] == "user":
                question = content
            if message["role"] != "assistant":
                said[f"{position}"] = content
    if asked.last_role == "tool":
        return f"Done. The result: {shortened(str(asked.messages[-1].get('content') or 'nothing'))}."
    if asked.data is not None:
        said = dict(texts_in(asked.data)) | said
    others = [passage for passage in passages(said) if passage.text.strip() not in question]
    passage, fits = best(others, words(question))
    if passage is None or fits < 1:
        return "I am a simulated model and found nothing about that in what I was given."
    return f"From what I was given: “{passage.text}”"


def _tool_calls(asked: ChatRequest, lot: random.Random) -> list[dict[str, Any]]:
    """The call that the last message asks for: a tool that is demanded, or one whose description fits the words."""
    functions = [tool["function"] for tool in asked.tools if tool.get("type") == "function"]
    if not functions:
        return []
    last = next((str(one.get("content") or "") for one in reversed(asked.messages) if one["role"] == "user"), "")
    chosen = None
    if isinstance(asked.tool_choice, dict):
        name = asked.tool_choice.get("function", {}).get("name")
        chosen = next((function for function in functions if function["name"] == name), None)
    else:
        said = words(last)
        scored = [
            (len(said & words(f"{function['name'].replace('_', ' ')} {function.get('description', '')}")), function)
            for function in functions
        ]
        score, likeliest = max(scored, key=lambda pair: pair[0])
        if score >= 1 or asked.tool_choice == "required":
            chosen = likeliest
    if chosen is None:
        return []
    filler = Filler(asked.data, last, lot)
    arguments = filler.fill(chosen.get("parameters") or {"type": "object", "properties": {}})
    return [
        {
            "id": f"call_{uuid.UUID(int=lot.getrandbits(128)).hex[:24]}",
            "type": "function",
            "function": {"name": chosen["name"], "arguments": orjson.dumps(arguments).decode()},
        }
    ]
