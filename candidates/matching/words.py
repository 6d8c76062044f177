"""Text as tokens with offsets, and the forms of words."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from snowballstemmer import stemmer

# One token: letters and digits, joined inside by . ' & + #, with a trailing + or # as in C++ and C#, a leading dot as
# in .NET. Hyphens and slashes separate, so that "front-end" and "front end", "CI/CD" and "CI CD" read alike.
_TOKEN = re.compile(
    r"(?:(?<![\w.])\.(?=[A-Za-z]))?[^\W_]+(?:(?:['’&+#][^\W_]+)|\.[^\W_]{1,3}(?![^\W_]))*(?:\+\+|#|\+(?!\w))?"
)
_ABBREVIATION = re.compile(r"(?:[a-z]{1,2}\.)+[a-z]{1,3}")
_KEEP_DOTS = ("net", "io", "js", "py", "ai", "ts")
_english = stemmer("english")


class Text:
    """A source text cut into tokens. `words` are folded; `starts`/`ends` are offsets into `text`."""

    __slots__ = ("_singulars", "_stems", "ends", "name", "starts", "text", "words")

    def __init__(self, name: str, text: str, masked: str | None = None) -> None:
        self.name = name
        self.text = text
        self._singulars: list[str] | None = None
        self._stems: list[str] | None = None
        self.words: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        words, starts, ends = self.words, self.starts, self.ends
        for found in _TOKEN.finditer(text if masked is None else masked):
            words.append(fold(found[0]))
            starts.append(found.start())
            ends.append(found.end())

    @property
    def singulars(self) -> list[str]:
        """The words without plural endings; made once, since several readers go over them."""
        if self._singulars is None:
            self._singulars = [singular(word) for word in self.words]
        return self._singulars

    @property
    def stems(self) -> list[str]:
        """The stems of the words; made once."""
        if self._stems is None:
            self._stems = [stem(word) for word in self.words]
        return self._stems

    def is_phrase(self, first: int, length: int) -> bool:
        """Whether the tokens belong together: "MS Project, budgets" names no project budgets.

        Names of three words and more may hold a comma, as in "diversity, equity and inclusion".
        """
        if length == 1:
            return True
        between = self.text[self.ends[first] : self.starts[first + length - 1]]
        return not _APART.search(between) and (length > 2 or "," not in between)


_APART = re.compile(r"[;|•·!?]|\.\s")


@lru_cache(maxsize=200_000)
def fold(token: str) -> str:
    """A token in lower case without possessive and without the dots of an abbreviation: "Ph.D" → "phd"."""
    word = token.lower().replace("’", "'")
    if "'" in word:
        word = re.sub(r"'s?$", "", word)
        word = re.sub(r"'s(?=\W|$)", "", word)
    if "." in word and _ABBREVIATION.fullmatch(word) and word.rsplit(".", 1)[1] not in _KEEP_DOTS:
        word = word.replace(".", "")
    if word.endswith("+") and not word.endswith("++") and not word[:-1].isdigit():
        word = word[:-1]
    return word


def split(text: str) -> list[str]:
    """The folded tokens of a text, without offsets."""
    return [fold(found[0]) for found in _TOKEN.finditer(text)]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word; short words and words with digits or signs stand as they are."""
    if len(word) < 4 or not word.isalpha():
        return word
    special = _IRREGULAR.get(word)
    return special if special else str(_english.stemWord(word))


def stems(text: str) -> tuple[str, ...]:
    """The stems of a text's tokens."""
    return tuple(stem(word) for word in split(text))


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """A word without its plural ending; unlike a stem it never joins "excellent" with "Excel"."""
    if len(word) < 4 or not word.isalpha() or word.endswith(("ss", "us", "is", "ous")) or word in _NO_PLURAL:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


_NO_PLURAL = frozenset(("electronics", "cmms"))  # an electronic record has nothing to do with electronics

# British and American forms, and words whose stems drift apart.
_IRREGULAR = {
    "analyse": "analyz", "analysed": "analyz", "analysing": "analyz", "analyses": "analysi", "analytics": "analyt",
    "organisation": "organiz", "organisational": "organiz", "organise": "organiz", "organised": "organiz",
    "organizational": "organiz", "organization": "organiz", "organizations": "organiz",
    "optimisation": "optim", "optimise": "optim", "optimised": "optim", "optimising": "optim",
    "optimization": "optim", "optimize": "optim", "optimized": "optim", "optimizing": "optim",
    "modelling": "model", "modeller": "model", "programme": "program", "programmes": "program",
    "visualisation": "visual", "visualization": "visual", "visualizations": "visual",
    "labour": "labor", "behavioural": "behavior", "behaviour": "behavior", "behavioral": "behavior",
    "paediatric": "pediatr", "paediatrics": "pediatr", "centre": "center", "licence": "licens", "catalogue": "catalog",
    "negotiation": "negoti", "negotiations": "negoti", "negotiating": "negoti", "negotiated": "negoti",
    "recruitment": "recruit", "recruiter": "recruit", "recruiting": "recruit", "installation": "instal",
    # Words that share a stem and nothing else.
    "production": "production", "productions": "production", "operation": "operation", "operations": "operation",
    "operational": "operation", "presentation": "presentation", "presentations": "presentation", "accounting": "accounting",
    "accountancy": "accounting", "accountant": "accounting", "marketing": "marketing", "marketer": "marketing",
    "engine": "engine", "engines": "engine", "intern": "intern_", "interns": "intern_", "internship": "intern_",
    "international": "international", "internal": "internal", "important": "important", "animal": "animal",
    "animals": "animal", "logistics": "logistics", "physician": "physician", "physicians": "physician", "physics": "physics",
    "customs": "customs", "customer": "customer", "customers": "customer", "securities": "securities",
    "excellent": "excellent", "excellence": "excellent", "general": "general", "generation": "generation",
    "sold": "sell", "sales": "sale", "selling": "sell", "built": "build", "taught": "teach", "wrote": "write",
    "written": "write", "led": "lead", "ran": "run", "drove": "drive", "driven": "drive", "drew": "draw",
    "bought": "buy", "children": "child", "people": "people", "policies": "polici", "policy": "polici",
}  # fmt: skip


def _words(name: str) -> frozenset[str]:
    """The words of a data file."""
    lines = (Path(__file__).with_name("data") / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


STOP = _words("words_grammar.txt")
GENERIC = _words("words_furniture.txt")
EMPTY_STEMS = frozenset(stem(word) for word in STOP | GENERIC)


def content_stems(text: str) -> list[str]:
    """Stems that carry meaning, in order: without grammar, furniture, and bare numbers."""
    return [
        stemmed
        for word in split(text)
        if (len(word) > 1 or word in "cr") and word not in STOP and not word.rstrip("+%").isdigit()
        for stemmed in (stem(word),)
        if stemmed not in EMPTY_STEMS
    ]


def windows(sieve: re.Pattern[str], text: str, *, before: int, after: int) -> list[tuple[int, int]]:
    """Stretches around each find of a cheap pattern, joined where they touch: where a costly one is worth trying.

    The sieve is in lower case: a search that ignores case cannot skip ahead to the letters that it may begin with.
    """
    made: list[tuple[int, int]] = []
    lower = text.lower()
    if len(lower) != len(text):  # a few letters grow, and offsets would shift
        lower = "".join(character.lower()[:1] for character in text)
    for match in sieve.finditer(lower):
        start, end = max(0, match.start() - before), min(len(text), match.end() + after)
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], end)
        else:
            made.append((start, end))
    return made
