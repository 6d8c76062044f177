"""What candidates say around their answers, in the languages of intake: stop, wait, no I meant, the first one.

Data for agents.intake_reading. A new language is one more entry; what is not here is read as English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from candidates import injection, material
from candidates.states import RedFlag


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.VERBOSE)


@dataclass(frozen=True, slots=True)
class Signals:
    """One language. `agreement` and `denies` match at the beginning, `thinks` and `stops` anywhere."""

    stops: re.Pattern[str]
    thinks: re.Pattern[str]
    greets: re.Pattern[str]
    agreement: re.Pattern[str]
    denies: re.Pattern[str]
    corrects: re.Pattern[str]
    first: re.Pattern[str]
    second: re.Pattern[str]
    talk: re.Pattern[str]

    def is_talk(self, words: str) -> bool:
        """Whether words say nothing of their own: "please go on", "thanks", "that's right"."""
        return not re.search(r"\w", self.talk.sub(" ", words))


_END = r"(?=\s*(?:[.!?,;]|$|\bplease\b|\bnow\b|\bhere\b|\bbitte\b|\bjetzt\b|\bhier\b|\bpor\b|\bahora\b|\baquí\b))"

SIGNALS: dict[str, Signals] = {
    "en": Signals(
        stops=_pattern(
            r"""\b(?:(?:i\s+(?:want|would\s+like|have|need)\s+to|i['’]d\s+like\s+to|can\s+we|could\s+we|let['’]?s|please)
            \s+(?:stop|end|quit|finish|leave)(?:\s+(?:here|now|this|it|there|the\s+(?:conversation|call|chat)))?
            |that['’]?s\s+(?:all|it|everything)(?:\s+(?:from\s+me|for\s+now|i\s+have))?|i['’]?m\s+(?:done|finished)
            |i\s+am\s+(?:done|finished)|(?:^\W*)(?:stop|end|quit|finish|bye|good\s*bye)|skip\s+(?:all|everything|the\s+rest)
            )"""
            + _END
        ),
        thinks=_pattern(
            r"""^\W*(?:(?:let\s+me|i\s+need\s+to|give\s+me|i\s+have\s+to)\b.{0,40}\b(?:think|moment|second|minute|look)\b.*
            |(?:hm+|um+|uh+|well|one\s+(?:moment|second)|just\s+a\s+(?:moment|second|minute)|hold\s+on|wait)\W*$)"""
        ),
        greets=_pattern(
            r"""\W*(?:hi|hello|hey|good\s+(?:morning|afternoon|evening)|ready|i['’]?m\s+ready|let['’]?s\s+(?:go|start|begin)
            |start|go\s+(?:on|ahead)|continue|ok(?:ay)?|thanks|thank\s+you)(?:\s+there)?\W*"""
        ),
        agreement=_pattern(
            r"""\W*(?:(?:yes|yeah|yep|yup|right|correct|exactly|sure|that['’]?s\s+(?:right|correct|it|wrong|not\s+right)
            |that\s+is\s+(?:right|correct|wrong|not\s+right)|no(?!\s+problem)|nope|nah|wrong|not\s+quite)\b[\s,.;!–-]*)+"""
        ),
        denies=_pattern(r"\W*(?:no|nope|nah)\b[\s,.;!–-]*"),
        corrects=_pattern(
            r"""\W*(?:sorry,?\s+(?:i\s+(?:meant|mean)|it['’]?s|that\s+was\s+wrong)|i\s+(?:meant|mean)|no\s+wait|wait,?\s+no|wait
            |correction|scratch\s+that|make\s+that|my\s+mistake|i\s+made\s+a\s+mistake|i\s+was\s+wrong|sorry|rather
            |it['’]?s|it\s+is|actually)\b[\s,.;:!–-]*"""
        ),
        first=_pattern(r"\b(?:the\s+)?(?:first|former)(?:\s+one)?\b"),
        second=_pattern(r"\b(?:the\s+)?(?:second|latter|last|other)(?:\s+one)?\b"),
        talk=_pattern(
            r"""\b(?:yes|yeah|ok|okay|please|thanks|thank\s+you|go\s+on|go\s+ahead|continue|and|well|so|that['’]?s|that|is|it
            |right|correct|fine|good|great|perfect|all|no|not|wrong|sorry|you|got|me|i|have|haven['’]?t|don['’]?t|do|am|did)\b"""
        ),
    ),
    "de": Signals(
        stops=_pattern(
            r"""\b(?:(?:ich\s+(?:möchte|will|muss)|können\s+wir|lassen\s+sie\s+uns|bitte)\s+(?:hier\s+|jetzt\s+|bitte\s+)?
            (?:aufhören|abbrechen|beenden|schluss\s+machen|stoppen)|das\s+(?:war['’]?s|ist\s+alles|wäre\s+alles|war\s+alles)
            |ich\s+bin\s+fertig|(?:^\W*)(?:stopp?|ende|schluss|tschüss|auf\s+wiedersehen))"""
            + _END
        ),
        thinks=_pattern(
            r"""^\W*(?:(?:lassen\s+sie\s+mich|ich\s+muss|geben\s+sie\s+mir|lass\s+mich)\b.{0,40}\b
            (?:überlegen|nachdenken|moment|sekunde|minute|nachsehen)\b.*
            |(?:hm+|äh+m?|also|(?:einen?\s+)?(?:moment|augenblick|sekunde)|warten\s+sie)(?:\s+bitte)?\W*$)"""
        ),
        greets=_pattern(
            r"""\W*(?:hallo|hi|guten\s+(?:tag|morgen|abend)|bereit|ich\s+bin\s+bereit|los(?:\s+geht['’]?s)?|weiter|ok(?:ay)?
            |danke|gut|legen\s+wir\s+los)\W*"""
        ),
        agreement=_pattern(
            r"""\W*(?:(?:ja|jawohl|genau|richtig|stimmt(?:\s+nicht)?|korrekt|das\s+stimmt(?:\s+nicht)?|das\s+ist\s+
            (?:richtig|korrekt|falsch|nicht\s+richtig)|nein|nee|nicht\s+ganz|falsch)\b[\s,.;!–-]*)+"""
        ),
        denies=_pattern(r"\W*(?:nein|nee|nö)\b[\s,.;!–-]*"),
        corrects=_pattern(
            r"""\W*(?:(?:entschuldigung|verzeihung|sorry),?\s+(?:ich\s+meinte?|es\s+ist)|ich\s+meinte?|moment,?\s+nein
            |korrektur|ich\s+habe\s+mich\s+(?:geirrt|vertan|versprochen)|vielmehr|entschuldigung|es\s+(?:ist|sind|war)
            |sondern|eigentlich)\b[\s,.;:!–-]*"""
        ),
        first=_pattern(r"\b(?:das|die|der|den)?\s*erste[rsn]?\b"),
        second=_pattern(r"\b(?:das|die|der|den)?\s*(?:zweite|letzte|andere)[rsn]?\b"),
        talk=_pattern(
            r"""\b(?:ja|ok|okay|bitte|danke|weiter|und|also|das|ist|es|so|richtig|korrekt|gut|stimmt|nein|nicht|falsch
            |entschuldigung|sie|ich|habe|bin)\b"""
        ),
    ),
    "es": Signals(
        stops=_pattern(
            r"""\b(?:(?:quiero|quisiera|me\s+gustaría|prefiero|necesito|podemos|vamos\s+a|por\s+favor)\s+
            (?:parar|terminar|acabar|dejarlo|finalizar)|eso\s+es\s+todo|esto\s+es\s+todo|nada\s+más|he\s+(?:terminado|acabado)
            |ya\s+(?:terminé|está)|(?:^\W*)(?:para|basta|fin|adiós|stop))"""
            + _END
        ),
        thinks=_pattern(
            r"""^\W*(?:(?:déjeme|déjame|tengo\s+que|necesito|deme|dame)\b.{0,40}\b(?:pensar(?:lo)?|momento|segundo|minuto|mirar)\b.*
            |(?:hm+|eh+|pues|bueno|a\s+ver|(?:un\s+)?(?:momento|segundo|momentito)|espere)(?:\s+por\s+favor)?\W*$)"""
        ),
        greets=_pattern(
            r"""\W*(?:hola|buenos\s+días|buenas(?:\s+(?:tardes|noches))?|list[oa]|estoy\s+list[oa]|empecemos|vamos|adelante
            |continúe|continuar|ok(?:ay)?|vale|gracias)\W*"""
        ),
        agreement=_pattern(
            r"""\W*(?:(?:sí|si|claro|exacto|exactamente|correcto|eso\s+es|así\s+es|vale|(?:eso\s+)?no\s+es\s+(?:correcto|así)
            |no|incorrecto|no\s+exactamente)\b[\s,.;!–-]*)+"""
        ),
        denies=_pattern(r"\W*no\b[\s,.;!–-]*"),
        corrects=_pattern(
            r"""\W*(?:(?:perdón|perdone|disculpe|lo\s+siento),?\s+(?:quería\s+decir|quise\s+decir|es)|quería\s+decir|quise\s+decir
            |corrección|mejor\s+dicho|me\s+(?:he\s+)?equivo(?:cado|qué)|perdón|disculpe|digo|es|son|en\s+realidad)\b[\s,.;:!–-]*"""
        ),
        first=_pattern(r"\b(?:el|la|lo)?\s*primer[oa]?\b"),
        second=_pattern(r"\b(?:el|la|lo)?\s*(?:segund[oa]|últim[oa]|otr[oa])\b"),
        talk=_pattern(
            r"""\b(?:sí|si|ok|okay|vale|por\s+favor|gracias|siga|continúe|adelante|y|pues|eso|es|así|correcto|bien|no|está
            |perdón|yo|he|tengo)\b"""
        ),
    ),
}

# Orders about the hiring side of things, which no candidate's answer gives; candidates.injection knows those that
# documents hold, most of which are about instructions.
_ORDERS = _pattern(
    r"""
    \b(?:set|make|change|raise|increase|put|update|write|turn|give)\b[^.!?\n]{0,30}\b(?:my|me|the\s+candidate['’]?s)\b
        [^.!?\n]{0,20}\b(?:score|rating|rank(?:ing)?|tier|status|recommendation)\b
    | \b(?:set|change|raise|increase|put|update|turn)\s+(?:the|this|every|all)\s+(?:\w+\s+)?
        (?:score|rating|rank(?:ing)?|tier|recommendation|verdict)s?\s+to\b
    | \b(?:algo_score|ai_score|combined_score|interview_score|interview_status|intake_status|update_candidate_profile)\b
    | \b(?:mark|set|consider|treat|fill|close|complete)\b[^.!?\n]{0,20}\b(?:all|every|each|any|the)\b[^.!?\n]{0,20}
        \b(?:gaps?|fields?|questions?|answers?)\b
    | \byou\s+are\s+(?:now|no\s+longer)\b | \byou['’]re\s+now\b
    | \b(?:enter|enable|activate)\b[^.!?\n]{0,20}\b(?:admin|developer|debug|god)\s+mode\b
    | \bsystem\s*(?:prompt|message|:) | \b(?:drop|delete\s+from|truncate)\s+table\b
    | \b(?:setze?n?|ändern?|erhöhen?)\b[^.!?\n]{0,30}\bmeine?n?\b[^.!?\n]{0,20}
        \b(?:punktzahl|score|bewertung|rang|status)\b
    | \b(?:alle|sämtliche)\s+(?:lücken|felder|fragen)\b[^.!?\n]{0,30}\b(?:gefüllt|erledigt|ausgefüllt|beantwortet)\b
    | \b(?:du\s+bist|sie\s+sind)\s+(?:jetzt|nun|ab\s+sofort)\b
    | \b(?:pon|ponga|cambia|cambie|sube|suba|establece|establezca)\b[^.!?\n]{0,30}\bmi\b[^.!?\n]{0,20}
        \b(?:puntuación|puntaje|score|nota|estado)\b
    | \b(?:todos\s+los\s+(?:huecos|campos)|todas\s+las\s+preguntas)\b[^.!?\n]{0,30}
        \b(?:complet|rellen|respondid|contestad)
    | \b(?:ahora\s+eres|eres\s+ahora|usted\s+es\s+ahora)\b
    """
)
_SENTENCE = re.compile(r"[^.!?\n;]*[.!?\n;]*\s*")


def without_orders(text: str) -> tuple[str, bool]:
    """The words without whole sentences that give orders, and whether there were any.

    An order is not an answer: what is left is all that is read, by rule or by a model.
    """
    had_orders = any(one.code == RedFlag.PROMPT_INJECTION for one in injection.find(text))
    if had_orders:
        kept, done = [], 0
        for start, end in material.withheld(text):
            kept += [text[done:start], " "]
            done = end
        text = "".join([*kept, text[done:]]).strip()
    if not _ORDERS.search(text):
        return text, had_orders
    sentences = [sentence for sentence in _SENTENCE.findall(text) if sentence and not _ORDERS.search(sentence)]
    # An order that runs over the marks between sentences leaves none of them trusted.
    rest = "".join(sentences).strip()
    return ("" if _ORDERS.search(rest) else rest), True
