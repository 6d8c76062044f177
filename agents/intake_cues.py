"""Which words of one breath belong to which field, by the cues that people give: "I live in …, my e-mail is …"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from intake.schemas import Gap

# By field, in English, German and Spanish. A cue begins the words of its field; they end where the next cue begins.
_CUES: dict[str, str] = {
    "name": r"my\s+(?:full\s+)?name\s+is|ich\s+heiße|mein\s+name\s+ist|me\s+llamo|mi\s+nombre\s+es",
    "email": r"my\s+(?:e-?mail|mail)(?:\s+address)?(?:\s+is)?|meine\s+(?:e-?mail|mail)(?:-?adresse)?"
    r"(?:\s+(?:ist|lautet))?"
    r"|mi\s+(?:correo|e-?mail)(?:\s+electrónico)?(?:\s+es)?",
    "phone": r"my\s+(?:phone|mobile|cell|telephone)(?:\s*(?:phone|number))*(?:\s+is)?|my\s+number\s+is"
    r"|(?:you\s+can\s+)?(?:call|reach|phone)\s+me\s+(?:at|on)"
    r"|meine\s+(?:telefon|handy|mobil)?nummer(?:\s+(?:ist|lautet))?|mein\s+(?:telefon|handy)(?:\s+ist)?"
    r"|mi\s+(?:teléfono|móvil|celular|número(?:\s+de\s+(?:teléfono|móvil))?)(?:\s+es)?",
    "linkedin_url": r"my\s+linked-?in(?:\s+(?:profile|handle|page|address|url))?(?:\s+is)?"
    r"|mein\s+linked-?in(?:-?profil)?(?:\s+ist)?"
    r"|mi\s+(?:perfil\s+de\s+)?linked-?in(?:\s+es)?",
    "location": r"i\s+(?:currently\s+|now\s+)?live\s+in|i(?:\s+am|['’]m)\s+(?:based|located|living)\s+in"
    r"|ich\s+(?:wohne|lebe)(?:\s+(?:derzeit|jetzt|zurzeit))?\s+in|vivo\s+en|resido\s+en",
    "current_company": r"i\s+(?:currently\s+|now\s+)?work\s+(?:at|for)|i(?:\s+am|['’]m)\s+(?:working|employed)"
    r"\s+(?:at|for|by)"
    r"|my\s+(?:current\s+)?(?:company|employer)\s+is|ich\s+arbeite(?:\s+(?:derzeit|jetzt|zurzeit))?\s+(?:bei|für)"
    r"|mein\s+arbeitgeber\s+ist|trabajo\s+(?:en|para)(?=\s+(?!el\s+sector))|mi\s+empresa\s+es",
    "current_role": r"i\s+(?:currently\s+)?work\s+as(?:\s+an?)?|i(?:\s+am|['’]m)\s+working\s+as(?:\s+an?)?"
    r"|my\s+(?:current\s+)?(?:job\s+)?(?:title|role|position)\s+is"
    r"|ich\s+arbeite\s+als|meine\s+(?:stelle|position|rolle)\s+ist|trabajo\s+(?:como|de)|mi\s+(?:puesto|cargo|rol)\s+es",
    "years_experience": r"(?:i\s+have|i['’]ve\s+got|i['’]ve|with)(?=[^.,;!?]{1,30}\b(?:years?|yrs)\b)"
    r"|ich\s+habe(?=[^.,;!?]{1,30}\bjahren?\b)|tengo(?=[^.,;!?]{1,30}\baños?\b)",
    "skills": r"my\s+(?:main\s+)?skills\s+are|meine\s+(?:fähigkeiten|kenntnisse)\s+sind"
    r"|mis\s+(?:habilidades|conocimientos|competencias)\s+son",
    "industries": r"i(?:['’]ve|\s+have)?\s+worked\s+in(?=[^.;!?]{1,60}\bindustr)",
    "education": r"i\s+(?:have|hold|did)\s+an?(?=\s+(?:bachelor|master|degree|phd|doctorate|diploma|mba))"
    r"|my\s+degree\s+is"
    r"|ich\s+habe(?=[^.;!?]{1,60}\bstudiert)|mein\s+abschluss\s+ist|estudié|soy\s+licenciad[oa]\s+en",
    "max_acv": r"(?:my|the)\s+(?:largest|biggest)\s+(?:annual\s+)?(?:deal|contract)(?:\s+value)?(?:\s+(?:was|is))?"
    r"|mein\s+größter\s+(?:abschluss|vertrag)(?:\s+(?:war|ist))?|mi\s+(?:mayor\s+contrato|contrato\s+más\s+grande)(?:\s+(?:fue|es))?",
    "quota_attainment": r"(?:i\s+(?:reached|hit|made|achieved)|my\s+quota(?:\s+attainment)?(?:\s+(?:was|is))?)"
    r"(?=[^.;!?]{1,40}(?:quota|percent|%))|meine\s+quote\s+(?:war|ist)|mi\s+cuota\s+(?:fue|es)",
}
_JOINS = re.compile(r"(?:[\s,;.:–-]|\b(?:and|und|y|also|auch|además)\b)+$", re.IGNORECASE)


def cut(words: str, gaps: Sequence[Gap]) -> tuple[str, list[tuple[str, str]]]:
    """(the words before the first cue, the words of each field that has one), for the fields of `gaps`."""
    places: list[tuple[int, int, str]] = []
    for gap in gaps:
        pattern = _CUES.get(gap.field) or _label(gap)
        if pattern and (found := re.search(rf"(?<!\w)(?:{pattern})(?!\w)", words, re.IGNORECASE)):
            places.append((found.start(), found.end(), gap.field))
    places.sort()
    head = _JOINS.sub("", words[: places[0][0]]) if places else words
    segments: list[tuple[str, str]] = []
    for number, (_, end, field) in enumerate(places):
        until = places[number + 1][0] if number + 1 < len(places) else len(words)
        said = _JOINS.sub("", words[end:until]).strip(" ,;:")
        if said:
            segments.append((field, said))
    return head.strip(), segments


def _label(gap: Gap) -> str:
    """The cue of a field beyond the profile: its own label, where that is more than a short word."""
    if len(gap.label.split()) < 2:
        return ""
    return rf"(?:my\s+|meine?\s+|mi\s+)?{re.escape(gap.label)}(?:\s+(?:is|are|ist|sind|es|son))?"
