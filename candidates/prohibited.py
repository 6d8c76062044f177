"""What nobody may ask of a candidate or hold against one: questions and criteria about protected marks."""

from __future__ import annotations

import re

_TOPICS = re.compile(
    r"(?i)\bhow\s+old\b|\b(?:your|the\s+candidate['’]s)\s+age\b|\bdate\s+of\s+birth\b|\bborn\b|\byear\s+of\s+birth\b"
    r"|\bbirth(?:day|place)\b|\bgender\b"
    r"|\bsexual\b|\borientation\b(?=.{0,20}\bsex)|\bpregnan\w*|\bmarri(?:ed|age)\b|\bmarital\b|\bspouse\b|\bhusband\b|\bwife\b"
    r"|\bchildren\b|\bchildcare\b|\bkids\b"
    r"|\bfamily\s+(?:plans?|planning|status|situation)\b|\bstart\s+a\s+family\b|\breligio\w*|\bchurch\b|\bmosque\b"
    r"|\bsynagogue\b|\bfaith\b|\bpray\w*"
    r"|\bnationalit\w+|\bcitizen(?:ship)?\b|\bcountry\s+of\s+origin\b|\bwhere\s+(?:are"
    r"|were)\s+you\s+(?:really\s+)?from\b|\bethnic\w*|\brace\b|\bracial\b"
    r"|\bskin\s+colou?r\b|\bnative\s+(?:language|speaker|tongue)\b|\bdisab(?:ility|led|ilities)\b"
    r"|\bhealth\s+(?:condition|problem|issue|history)s?\b"
    r"|\bmedical\s+(?:condition|history)\b|\bdiagnos\w+|\bunion\s+member\w*|\bpolitic(?:al|s)\b|\b(?:current"
    r"|previous|past|last)\s+(?:salary|pay|compensation|earnings)\b"
    r"|\bsalary\s+history\b|\bhow\s+much\s+(?:do|did|are)\s+you\s+(?:earn|make|paid)\w*|\barrest(?:ed|s)?\b"
    r"|\bappearance\b|\battractive\b|\bphoto(?:graph)?\b"
    r"|\byoung(?:er)?\s+(?:and|person|candidate)|\bdigital\s+native\b"
)


def is_prohibited(text: str) -> bool:
    """Whether a question or a criterion touches age, gender, family, origin, religion, health, politics or past pay."""
    return bool(_TOPICS.search(text))
