"""What a mention counts for: by the place where it stands, and by what is said around it."""

from __future__ import annotations

import re

from candidates.matching.resume import Resume
from candidates.matching.words import Text

# What a place is worth. A bare list is a claim; a dated position is evidence.
IN_POSITION = 1.0
IN_PROSE = 0.82
IN_LIST = 0.68
IN_LIST_ALONE = 0.45  # a list with no position, no role and no years behind it
IN_STUDIES = 0.6
ASIDE = 0.25
HEDGED = 0.5  # "familiar with", "basic"
WISHED = 0.2  # "eager to learn"
BRIEF = 0.85  # a position under half a year
OLD = 0.9  # a position that ended ten years ago or earlier
LINE = 300

_NEGATED = re.compile(
    r"(?:\b(?:no|not|never|without|lack(?:s|ing)?(?:\s+of)?|zero|neither|nor|don['’]?t|doesn['’]?t|didn['’]?t|haven['’]?t|hasn['’]?t|"
    r"cannot|can['’]?t|isn['’]?t|won['’]?t|unfamiliar|hardly|non|except|avoid(?:s|ed)?|dislikes?|instead\s+of|rather\s+than|"
    r"other\s+than|kein\w*|nicht|ohne)\b)(?:[\s,]+(?!(?:but|only|just)\b)[\w'’+#./-]+){0,6}[\s,:/&(-]*$",
    re.IGNORECASE,
)
_NEGATED_AFTER = re.compile(
    r"^[\s):,-]*(?:\(?\s*(?:none|no\s+experience|not\s+(?:required|yet|my|used|familiar))|(?:is|was|are)\s+not\b|experience\s*[:–-]\s*(?:none|no)\b)",
    re.IGNORECASE,
)
_NOT_NEGATED = re.compile(r"\b(?:not\s+only|no\s+less\s+than|no\s+doubt|not\s+just|no\s+fewer)\b", re.IGNORECASE)
_HEDGED = re.compile(
    r"\b(?:basics?|beginner\w*|elementary|novice|rudimentary|introduct\w+|some\s+(?:exposure|knowledge|experience|familiarity|\w+\s+(?:in|with|of|using))|"
    r"limited|exposure\s+to|exposed\s+to|familiar(?:ity)?(?:\s+with)?|aware(?:ness)?\s+of|coursework|"
    r"shadow(?:ed|ing)|observed|a\s+little|self[- ]taught|hobby|dabbled?)\b"
    r"(?:[\s,]+[\w'’+#./&-]+){0,7}[\s,:(]*$",
    re.IGNORECASE,
)
_WISHED = re.compile(
    r"\b(?:learning|studying|currently\s+taking|interest(?:ed)?\s+in|eager\s+to|want(?:s|ing)?\s+to|hop(?:e|es|ing)\s+to|would\s+like|"
    r"aspir\w+|keen\s+to|plan(?:s|ning)?\s+to|looking\s+to|willing\s+to|dreams?\s+of)\b(?:[\s,]+[\w'’+#./&-]+){0,7}[\s,:(]*$",
    re.IGNORECASE,
)
_HEDGED_AFTER = re.compile(
    r"^[\s]*[(:–-]?\s*\(?(?:basics?\b|beginner|elementary|novice|learning|exposure|familiar|limited|entry[- ]level|in\s+progress|coursework)",
    re.IGNORECASE,
)
# Words of sentences; names of skills hold none of them.
_TELLING = re.compile(
    r"\b(?:i|my|we|our|the|an?|with|for|in|to|from|at|by|who|that|of|on|is|was|has|have|using|built|led|ran|wrote|sold|taught|won|"
    r"made|kept|grew|cut|runs?|builds?|writes?|leads?|plans?|since|years?|\w{2,}ed)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;!?\n•|](?=\s|$)|\n")


def of(resume: Resume, text: Text, start: int, end: int, *, supported: bool) -> tuple[float, int, bool]:
    """(what a mention here counts for, its position or -1, whether it stands in a bare list)."""
    section, position = resume.place(text, start)
    whole = text.text
    begin = max(0, start - 70)
    before = whole[begin:start]
    ends = [cut.end() for cut in _SENTENCE.finditer(before)]
    if ends:
        before = before[ends[-1] :]
    after = whole[end : end + 40]
    if (_NEGATED.search(before) and not _NOT_NEGATED.search(before)) or _NEGATED_AFTER.match(after):
        return 0.0, -1, False
    worth, listed = IN_PROSE, False
    if section == "position":
        held = resume.positions[position]
        worth = IN_POSITION
        if held.last - held.first < 6:
            worth *= BRIEF
        if resume.today.year * 12 - held.last > 120:
            worth *= OLD
    elif section == "experience":
        worth = 0.92
    elif section == "skills":
        worth, listed = (IN_LIST if supported else IN_LIST_ALONE), True
    elif section in ("education", "certificates"):
        worth = IN_STUDIES if section == "education" else IN_LIST
    elif section == "aside":
        worth = ASIDE
    elif text.name != "achievements" and not _tells(whole, start, end):
        # Free text that is only a list of names is a list, whatever it stands under. The length of the list is no
        # sign of it: then one more skill could turn a sentence into a list, and lower what stood there before.
        worth, listed = (IN_LIST if supported else IN_LIST_ALONE), True
    if _WISHED.search(before):
        worth *= WISHED
    elif _HEDGED.search(before) or _HEDGED_AFTER.match(after):
        worth *= HEDGED
    return worth, position, listed


def _tells(text: str, start: int, end: int) -> bool:
    """Whether the line around text[start:end] says something, other than naming names."""
    begin = max(text.rfind("\n", 0, start) + 1, start - LINE)
    stop = text.find("\n", end)
    line = text[begin : min(len(text) if stop < 0 else stop, end + LINE)]
    return _TELLING.search(line) is not None
