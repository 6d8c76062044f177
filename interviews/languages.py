"""Words by language that tell a question's sort and a speaker's fillers: data for `asking` and `speech_metrics`.

A text is taken to be of the language whose commonest small words stand in it most often; else English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Language:
    """What is counted in one language; everything in lower case, words divided by white space.

    `opens` are words with which a question begins that yes or no can't answer; `requests` ask without being questions
    ("tell me about …"); `polite` are beginnings that turn a request into a question ("could you …"). `fillers` are
    words that say nothing, `filler_phrases` regular expressions of those that say nothing only in some places.
    """

    code: str
    small_words: frozenset[str]
    opens: tuple[str, ...]
    requests: tuple[str, ...]
    polite: tuple[str, ...]
    fillers: frozenset[str]
    filler_phrases: tuple[str, ...] = ()

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """The beginning of an open question, after words such as "and", "so", "great,"."""
        words = "|".join(sorted(map(re.escape, self.opens), key=len, reverse=True))
        return re.compile(rf"(?:{words})\b")

    @cached_property
    def request(self) -> re.Pattern[str]:
        """The beginning of a request to tell something, politely or not."""
        requests = "|".join(sorted(map(re.escape, self.requests), key=len, reverse=True))
        polite = "|".join(sorted(map(re.escape, self.polite), key=len, reverse=True))
        return re.compile(rf"(?:(?:{polite})\s+)?(?:{requests})\b")

    @cached_property
    def filler(self) -> re.Pattern[str]:
        words = "|".join(sorted(map(re.escape, self.fillers), key=len, reverse=True))
        return re.compile("|".join((rf"\b(?:{words})\b", *self.filler_phrases)), re.IGNORECASE)


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def _phrases(listed: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in listed.split(",") if phrase.strip())


ENGLISH = Language(
    code="en",
    small_words=_words("the and of to is was that it you for with my we i have are this do on at as your about"),
    opens=_phrases("how, what, what's, why, which, where, when, who, who's, whom, whose, in what, for what, to what"),
    requests=_phrases(
        "tell me, tell us, describe, explain, walk me through, walk us through, talk me through, talk us through, "
        "take me through, take us through, talk about, talk a bit about, talk a little about, share, say more, "
        "give me an example, give us an example, give an example, help me understand, help us understand, imagine, "
        "introduce yourself, suppose, compare, outline, elaborate, think about a time, summarise, summarize"
    ),
    polite=_phrases(
        "please, can you, could you, would you, will you, can you please, could you please, would you please, "
        "could you maybe, could you just, can you maybe, i'd like you to, i would like you to, i'd love you to, "
        "i want you to, let's talk, would you mind, are you able to, i'd love to hear you"
    ),
    fillers=_words("um umm uh uhh uhm er erm hm hmm mm mmm mhm basically literally"),
    filler_phrases=(
        r"(?<!\bdo )(?<!\bdid )(?<!\bif )(?<!\blet )(?<!\bas )(?<!\bwould )\byou know\b"
        r"(?!\s+(?:how|what|why|when|where|who|about|if|that|which)\b)",
        r"(?<!\bwhat )\bi mean\b",
        r"(?<!\bwhat )(?<!\bthat )(?<!\bthis )(?<!\bwhich )(?<!\bsome )(?<!\bany )(?<!\bsame )(?<!\bthe )(?<!\ba )"
        r"(?<!\bevery )(?<!\bnew )(?<!\bright )(?<!\bdifferent )(?<!\bbest )\b(?:kind|sort) of\b",
        r"(?<=,) like(?=,)",
        r"\bor something like that\b",
    ),
)
GERMAN = Language(
    code="de",
    small_words=_words("der die das und ist war ich sie wir mit nicht ein eine zu den auf für es von haben wie ihre"),
    opens=_phrases(
        "wie, was, warum, wieso, weshalb, welche, welcher, welches, welchen, wo, wann, wer, wem, wen, wozu, womit, "
        "woran"
    ),
    requests=_phrases("erzählen sie, beschreiben sie, erklären sie, schildern sie, nennen sie, stellen sie sich"),
    polite=_phrases("bitte, können sie, könnten sie, würden sie"),
    fillers=_words("äh ähm öh öhm hm hmm sozusagen quasi halt irgendwie"),
)
FRENCH = Language(
    code="fr",
    small_words=_words("le la les et est était je vous nous avec pas un une de des que pour dans sur ai mon votre"),
    opens=_phrases(
        "comment, pourquoi, quel, quelle, quels, quelles, que, qu'est-ce que, qu'est-ce qui, où, quand, qui, combien"
    ),
    requests=_phrases("parlez-moi, décrivez, expliquez, racontez, présentez-vous, donnez-moi un exemple"),
    polite=_phrases("s'il vous plaît, pouvez-vous, pourriez-vous, veuillez"),
    fillers=_words("euh heu hum ben bah genre voilà"),
    filler_phrases=(r"\ben fait\b", r"\bdu coup\b"),
)
SPANISH = Language(
    code="es",
    small_words=_words("el la los y es era yo usted nosotros con no un una de que para en por he mi su se lo"),
    opens=_phrases(
        "cómo, por qué, qué, cuál, cuáles, dónde, cuándo, quién, quiénes, cuánto, cuántos, cuántas, de qué, en qué"
    ),
    requests=_phrases("cuénteme, cuéntame, describa, describe, explique, explícame, hábleme, háblame, preséntese"),
    polite=_phrases("por favor, puede, podría, puedes, podrías"),
    fillers=_words("eh em mmm este pues"),
    filler_phrases=(r"\bo sea\b", r"\bes decir\b"),
)
LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH)

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# A text shorter than this tells too little to leave English for.
_LEAST_SMALL_WORDS = 3


def language_of(text: str) -> Language:
    """The language whose small words stand in the text most often; English where that is unclear."""
    words = _WORD.findall(text.casefold())
    counts = [(sum(word in language.small_words for word in words), language) for language in LANGUAGES]
    most, language = max(counts, key=lambda counted: counted[0])
    return language if most >= _LEAST_SMALL_WORDS and most > counts[0][0] else ENGLISH


def count_words(text: str) -> int:
    """Words of a text: runs of letters or digits, with the apostrophes and hyphens inside them."""
    return len(_COUNTED.findall(text))


_COUNTED = re.compile(r"\w+(?:['’.,-]\w+)*")
