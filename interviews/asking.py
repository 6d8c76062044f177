"""Questions in what somebody said: where they stand, and whether yes or no could answer them. By rule, no model."""

from __future__ import annotations

import re
from typing import NamedTuple

from interviews.languages import ENGLISH, Language, count_words

# A sentence ends at a mark that white space or the end follows, or at a line's end; abbreviations are rare in speech.
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…](?!\s|$)[^.!?…\n]*)*(?:[.!?…]+|\n|$)")
# What may stand before the first word that tells the sort of a question.
_LEAD = re.compile(
    r"(?:(?:and|so|but|or|okay|ok|well|now|then|great|good|right|thanks|thank you|perfect|alright|also|first|next|"
    r"finally|actually|just|maybe|um+|uh+|hi|hello|interesting|understood|yes|no|sure|und|also|gut|danke|et|alors|bien|"
    r"merci|y|bueno|gracias|entonces)\b[\s,:;–-]*|[\s,;:–—\"'“”¿¡(-]+)+"
)
_LATER = re.compile(r"[,;:–—-]\s+")
# So many words and fewer ask on: "Why?", "And what came of it?", "Can you give an example?"
_SHORT_WORDS = 9
_GOES_ON = re.compile(
    r"(?i)^(?:and|so|but|why|how so|how come|what else|what then|in what way|such as|like what|for example|can you"
    r"|could you|what do you mean|what happened|what was your|what did you|what were you|say more|tell me more|go on"
    r"|really|which one|who else|how did that|how did it|what came|what makes|would you|anything else|meaning)\b"
)
_POINTS_BACK = re.compile(r"(?i)\b(?:that|it|this|those|these|them|there|then|example|more)\b")


class Asked(NamedTuple):
    """A question at text[start:end]; open where yes or no can't answer it."""

    text: str
    start: int
    end: int
    is_open: bool


def questions_in(text: str, language: Language = ENGLISH) -> list[Asked]:
    """Every question of a text, and every request to tell something, in order."""
    found = []
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        if not any(map(str.isalnum, sentence)):
            continue
        start = match.start() + len(sentence) - len(sentence.lstrip())
        end = match.start() + len(sentence.rstrip())
        is_question = "?" in sentence.rstrip()[-3:]
        is_open = _is_open(sentence, language, is_question=is_question)
        if is_question or is_open:
            found.append(Asked(text[start:end], start, end, is_open))
    return found


def _is_open(sentence: str, language: Language, *, is_question: bool) -> bool:
    """Open: begins (after "so," and the like, or after a comma) with an open word, or asks to tell something."""
    plain = sentence.casefold().replace("’", "'")
    starts = [_beginning(plain, 0), *(_beginning(plain, match.end()) for match in _LATER.finditer(plain))]
    for number, start in enumerate(starts):
        if language.request.match(plain, start):
            return True
        # "When I was there, I …" is no question; "what" in a later clause counts only if it asks.
        if is_question and language.opening.match(plain, start):
            return True
        if number == 0 and is_question and _asks_for_more(plain[start:], language):
            return True
    return False


def _beginning(plain: str, start: int) -> int:
    match = _LEAD.match(plain, start)
    return match.end() if match else start


def _asks_for_more(plain: str, language: Language) -> bool:
    """A yes-or-no form that nobody answers by yes: "can you give an example", "do you have an example"."""
    return language is ENGLISH and bool(_MORE.match(plain))


_MORE = re.compile(
    r"(?:can|could|would|will) you (?:please |maybe |just )?(?:give|share|think of|recall|remember|name|provide"
    r"|elaborate|expand|say|go into|speak to|speak about)\b"
    r"|(?:do|would) you (?:happen to )?have an? (?:\w+ )?(?:example|story|case)\b"
)


def asks(text: str, language: Language = ENGLISH) -> bool:
    """Whether a turn asks anything."""
    return bool(questions_in(text, language))


def goes_on(text: str, language: Language = ENGLISH) -> bool:
    """Whether a turn asks on about the last answer, instead of a question of its own: short, and points back to it."""
    asked = questions_in(text, language)
    if not asked:
        return False
    last = asked[-1].text
    words = count_words(last)
    if words > _SHORT_WORDS:
        return False
    return words <= 3 or bool(_GOES_ON.match(last) and (_POINTS_BACK.search(last) or words <= 5))
