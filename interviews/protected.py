"""Protected topics: what an interviewer may not ask about, by topic, wider than candidates.prohibited.

That module decides what Greenroom itself may ask, where a question too many is refused at no cost. Here a person is
told that a question of theirs was not allowed, so harmless phrases of the trade ("race condition") are taken out first,
and only questions count, not what somebody happens to tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from candidates.prohibited import is_prohibited
from interviews.asking import questions_in
from interviews.languages import language_of
from interviews.models import Turn
from interviews.states import Speaker

_HARMLESS = re.compile(
    r"(?i)\brace\s+(?:conditions?|hazards?|to\b)|\bdata\s+races?\b"
    r"|\b(?:product|font|chip|job|processor|instance|model|document)\s+famil(?:y|ies)\b|\bfamily\s+of\s+\w+s\b"
    r"|\bdisabled?\s+(?:by\s+default|features?|flags?|accounts?|buttons?|the|a|an|it|them|that|in)\b"
    r"|\baccessib\w+[^.?!]{0,40}\bdisab\w+|\bdisab\w+[^.?!]{0,40}\baccessib\w+"
    r"|\b(?:parent|child)\s+(?:class|process|node|element|company|compan\w+|component|table|record)\w*"
    r"|\bmature\s+(?:market|product|process|team|code|company)\w*|\b(?:log|sign)\s*-?\s*in\s+sessions?\b"
    r"|\bhealth\s+(?:checks?|insur\w+|care|tech|data|sector|industry|and\s+safety)\b|\b(?:system|service)\s+health\b"
    r"|\b(?:project|account|pipeline|deal|territory|cluster|server|code\s?base)['’]s\s+health\b"
    r"|\bpolitical\s+(?:landscape|stakeholders?)\b|\bhow\s+old\s+(?:is|was|are|were)\s+(?:the|that|this|its?|those|these)\b"
    r"|\bborn\s+(?:out\s+of|from)\b|\b(?:agile|design|master|technical)\s+master\b|\bdiagnos\w+\s+(?:of\s+)?"
    r"(?:the|a|an|issues?|problems?|bugs?|faults?|incidents?|outages?|failures?|performance|what|why|root)\b"
    r"|\bhow\s+(?:do|did|would|do\s+you|did\s+you|would\s+you)\s+(?:you\s+)?(?:diagnos\w+|pair)\b"
    r"|\bunion\s+(?:types?|quer\w+|all|find)\b|\bnative\s+(?:apps?|code|cloud|modules?|mobile)\b|\bcloud[- ]native\b"
)
_TOPICS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(pattern, re.IGNORECASE))
    for topic, pattern in (
        (
            "age",
            r"\bhow\s+old\b|\byour\s+age\b|\bwhat\s+age\b|\bdate\s+of\s+birth\b|\bbirth(?:day|date)\b"
            r"|\bwhen\s+were\s+you\s+born\b|\byear\s+(?:were\s+you\s+born|of\s+birth)\b|\btoo\s+(?:old|young)\b"
            r"|\bplan(?:ning)?\s+to\s+retire\b|\bretire(?:ment)?\s+(?:soon|plans?|age)\b|\b(?:what|which)\s+year\s+did"
            r"\s+you\s+(?:graduate|finish\s+(?:high\s+)?school)\b|\byounger\s+(?:boss|manager|team|colleagues?)\b"
            r"|\bwie\s+alt\b|\bquel\s+[âa]ge\b|\bqué\s+edad\b|\bcuántos\s+años\s+tiene",
        ),
        (
            "family",
            r"\bmarri(?:ed|age)\b|\bmarital\b|\bspouse\b|\bhusband\b|\bwife\b|\bboyfriend\b|\bgirlfriend\b|\bfianc[eé]e?\b"
            r"|\b(?:your|any|have)\s+(?:own\s+)?(?:children|kids|family)\b|\b(?:children|kids)\s+at\s+home\b"
            r"|\bchild\s?care\b|\bbabysit\w*|\bstart(?:ing)?\s+a\s+family\b|\bpregnan\w*|\bexpecting\b(?=.{0,20}\b(?:baby|child))"
            r"|\bmaternity\b|\bpaternity\b|\bfamily\s+(?:plans?|planning|status|situation|commitments?|obligations?)\b"
            r"|\bsingle\s+(?:mother|father|parent|mom|dad)\b|\bwho\s+(?:looks?|will\s+look|takes?)\s+(?:after|care)\b"
            r"|\bdivorced?\b|\bmaiden\s+name\b|\bhaben\s+sie\s+kinder\b|\bverheiratet\b|\bschwanger\w*|\benceinte\b"
            r"|\bavez-vous\s+des\s+enfants\b|\bmariée?\b|\bcasad[oa]\b|\btiene\s+hijos\b|\bembarazad\w+",
        ),
        (
            "health",
            r"\bdisab(?:ility|ilities|led)\b|\bhandicap\w*|\byour\s+(?:\w+\s+)?health\b|\bhealth\s+(?:conditions?|problems?"
            r"|issues?|history)\b|\bmedical\b(?=.{0,25}\b(?:condition|history|leave|issue|problem))|\bchronic\b|\bdiagnos\w+"
            r"|\bmental(?:ly)?\s+(?:health|ill\w*)\b|\bdepress(?:ed|ion)\b|\bmedications?\b|\bsick\s+(?:days?|leave)\b"
            r"|\bhow\s+(?:often|many\s+days)[^.?!]{0,25}\b(?:ill|sick)\b|\bworkers['’]?\s+comp\w*|\bin\s+therapy\b"
            r"|\bdo\s+you\s+(?:smoke|drink|take\s+drugs)\b|\bhow\s+(?:much|tall)\s+do\s+you\s+weigh\b|\bhow\s+tall\s+are\s+you\b"
            r"|\bkrankheit\w*|\bbehinder\w+|\bmaladie\b|\benfermedad\w*",
        ),
        (
            "religion",
            r"\breligio\w*|\bchurch\b|\bmosque\b|\bsynagogue\b|\btemple\b|\byour\s+faith\b|\bpray\w*|\bgo\s+to\s+mass\b"
            r"|\b(?:christian|muslim|jewish|hindu|buddhist|catholic|protestant|atheist|mormon)\b|\bsabbath\b|\bramadan\b"
            r"|\bbelieve\s+in\s+god\b|\breligi[oó]n\b|\breligion\b|\bheadscarf\b|\bhijab\b",
        ),
        (
            "origin",
            r"\bnationalit\w+|\bcitizen(?:ship)?\b|\bcountry\s+of\s+(?:origin|birth)\b|\bwhere\s+(?:are|were)\s+you\s+"
            r"(?:really\s+|originally\s+)?(?:from|born)\b|\bwhere\s+(?:do|does)\s+(?:you|your\s+\w+)\s+(?:really|originally)\s+come"
            r"\s+from\b|\byour\s+(?:parents|accent|ethnic\w*|race|heritage|background)\b(?=.{0,30}\b(?:from|born|origin)|.{0,3}\?)"
            r"|\byour\s+accent\b|\bethnic\w*|\bracial\b|\b(?:what|your)\s+race\b|\bskin\s+colou?r\b"
            r"|\b(?:native|first)\s+(?:language|tongue)\b|\bnative\s+speaker\b|\bmother\s+tongue\b|\bimmigra(?:nt|ted|tion)\b"
            r"|\bwoher\s+kommen\s+sie\b|\bstaatsangehörig\w+",
        ),
        (
            "gender or orientation",
            r"\bgender\b|\bsexual\b|\borientation\b(?=.{0,20}\bsex)|\b(?:are\s+you|you['’]re)\s+(?:gay|lesbian|straight|trans\w*|"
            r"queer|bisexual)\b|\byour\s+pronouns\b|\bas\s+a\s+(?:woman|man|mother|father|mom|dad|girl|lady)\b",
        ),
        (
            "politics or union",
            r"\bpolitic(?:al|s)\b|\bwho\s+did\s+you\s+vote\b|\bvote\s+for\b|\bunion\s+member\w*|\bmember\s+of\s+a\s+(?:trade\s+)?"
            r"union\b|\btrade\s+union\b",
        ),
        (
            "past pay",
            r"\b(?:current|previous|past|last|present)\s+(?:salary|pay|compensation|earnings|wage)\b|\bsalary\s+history\b"
            r"|\bhow\s+much\s+(?:do|did|are|were)\s+you\s+(?:earn|mak|paid|pay|being\s+paid|get\s+paid)\w*",
        ),
        (
            "criminal record or money",
            r"\barrest(?:ed|s)?\b|\bcriminal\s+record\b|\bconvicted\b|\bbankrupt\w*|\bcredit\s+score\b|\bin\s+debt\b"
            r"|\bown\s+or\s+rent\b|\bown\s+your\s+(?:home|house)\b",
        ),
        (
            "looks",
            r"\byour\s+(?:appearance|looks|photo(?:graph)?|weight|height)\b|\battractive\b|\btattoos?\b",
        ),
    )
)


_TO_THEM = (
    ("(?:is|are)", "are"),
    ("(?:was|were)", "were"),
    ("(?:does|do)", "do"),
    ("did", "did"),
    ("(?:has|have)", "have"),
)


class ProtectedQuestion(NamedTuple):
    """A question of the interviewer's about a protected topic: which turn, its words, the topic's name."""

    turn: int
    quote: str
    topic: str


def topic_of(question: str) -> str | None:
    """The protected topic that a question touches, or None. Harmless phrases of the trade don't count."""
    plain = _HARMLESS.sub(" ", question)
    for topic, pattern in _TOPICS:
        if pattern.search(plain):
            return topic
    return "a protected mark" if is_prohibited(plain) else None


def topic_about(question: str, name: str) -> str | None:
    """The protected topic that a question about somebody of this name touches, or None: "Is she married?"

    It is read in the words in which they would be asked it themselves, too: "Are you married?"
    """
    names = "|".join(re.escape(part) for part in sorted({name, *name.split()}, key=len, reverse=True) if len(part) > 1)
    them = rf"(?:he|she|they|(?:the|this)\s+(?:candidate|person|applicant){'|' + names if names else ''})"
    plain = re.sub(rf"(?i)\b(?:his|her|their|{them}['’]s?)(?=\s)", "your", question)
    for theirs, yours in _TO_THEM:
        plain = re.sub(rf"(?i)\b{theirs}\s+{them}\b", f"{yours} you", plain)
    return topic_of(question) or topic_of(plain)


def questions_about(turns: Sequence[Turn]) -> list[ProtectedQuestion]:
    """Every question that an interviewer asked about a protected topic, in order."""
    language = language_of(" ".join(turn.text for turn in turns))
    return [
        ProtectedQuestion(turn.number, question.text, topic)
        for turn in turns
        if turn.speaker == Speaker.INTERVIEWER
        for question in questions_in(turn.text, language)
        if (topic := topic_of(question.text)) is not None
    ]
