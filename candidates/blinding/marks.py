"""Personal marks that can be told by their form: contacts, links, addresses, birth, gender, family, nationality, photo.

None of these rules knows the candidate: each treats a text the same whoever wrote it. Patterns begin at the edge of a
run of characters, so that their time grows with the text and not with its square.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int, str]

_EMAIL = re.compile(
    r"(?<![\w.+'-])[\w.+'-]{1,64}(?:@|\s?[\[(]\s?at\s?[\])]\s?)[\w-]{1,63}(?:(?:\."
    r"|\s?[\[(]\s?dot\s?[\])]\s?)[\w-]{1,63}){1,4}"
)
_LINK = re.compile(
    r"""(?ix) (?<![\w@.-]) (?:
        (?:https?://|www\.) [^\s<>"')\]]+
      | (?:[\w-]{1,63}\.){1,4} (?:com|org|net|io|dev|ai|app|info|biz|xyz|tech|edu
      |gov) \b (?![.-]?\w) (?:/[^\s<>"')\]]*)?
      | (?:[\w-]{1,63}\.){1,4} [a-z]{2,10} /[^\s<>"')\]]+
    )"""
)
# Software and employers whose names only look like a link.
_NO_LINK = re.compile(
    r"(?i)(?:asp|vb|ado|ml|entity framework|c#)\.net|(?:amazon|bill|booking|cars|hotels|make|monday|overstock|priceline"
    r"|salesforce|trip|zillow|realtor|indeed|glassdoor|fiverr|upwork|shein|jd|chewy|wayfair)\.com"
)
_HANDLE = re.compile(
    r"(?im)(?:^[ \t•|*-]*|\b(?:twitter|instagram|insta|github|gitlab|telegram|skype|x|handle|facebook|tiktok|snapchat|"
    r"medium|youtube|wechat|line|signal|threads|mastodon|bluesky)\s*[:=]?\s*)(?P<mark>@[\w.]{2,30})"
)
_ACCOUNT = re.compile(
    r"(?i)\b(?:twitter|instagram|insta|github|gitlab|telegram|skype(?:[ _]id)?|facebook|tiktok|snapchat"
    r"|wechat)\s*[:=]\s*"
    r"(?P<mark>[\w.@/+-]{2,60})"
)
_PHONE = re.compile(r"(?<![\w.,$€£¥%/+-])(?:\+|00)?[ ]?\(?\d(?:(?:[ \t().·-]{0,3}|/)\d){6,14}(?![\w%])")
_PHONE_SURE = re.compile(r"(?:\+|00|\()|1?[-. ]?\d{3}[-. ]\d{3}[-. ]\d{4}$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")

_STREET = (
    r"street|str|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|place|pl|square|sq|terrace|ter"
    r"|parkway|pkwy|circle|cir|highway|hwy|close|crescent|row|alley|mews|trail|trl"
)
_ADDRESS = re.compile(
    rf"""(?ix) (?<![\w.,$€£/-]) (?:
        \d{{1,5}}[a-z]?[ ,]+(?:(?:north|south|east|west|n|s|e
        |w)\.?[ ]+)?(?:[^\W\d_][\w'’.-]*[ ]+){{1,4}}?(?:{_STREET})\b\.?
      | [^\W\d_][\w.-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|laan|straat|gatan|vägen)[ ]+\d{{1,4}}[a-z]?\b
      | \d{{1,4}}(?:[ ]?bis|[ ]?ter)?,?[ ]+(?:rue|avenue|av\.|boulevard|bd|place|allée|chemin|impasse|quai)[ ]+
        [^\n,;|]{{3,50}}
      | (?:calle|avenida|avda\.?|paseo|plaza|rua|via|viale|piazza|corso)
        [ ]+[^\n,;|\d]{{3,50}}[ ,]+(?:n[º°.]?[ ]*)?\d{{1,4}}\b
      | p\.?[ ]?o\.?[ ]?box[ ]+\d+
    )
    (?:[ ]*,?[ ]*(?:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|\#)\.?[ ]*\#?[ ]*[\w-]{{1,6}}\b)?
    (?:[ ]*,?[ ]*[^\W\d_][^\W\d_ .'’-]*(?:[ ][^\W\d_]+){{0,2}}[ ]*,?[ ]*(?:[A-Z]{{2}}[ ]+)?\d{{5}}(?:-\d{{4}})?\b)?"""
)
_POSTCODE = re.compile(
    r"\b[A-Z]{2}[ ]+\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]?[ ]\d[A-Z]{2}\b|\b[A-Z]\d[A-Z][ ]\d[A-Z]\d\b"
)

_PERSONAL_LABELS = (
    r"date[ _]?of[ _]?birth|birth[ _-]?(?:date|day|place|year)|place[ _]?of[ _]?birth|d\.?o\.?b\.?|born|age|gender"
    r"|sex|pronouns?"
    r"|preferred[ _]?pronouns?|marital[ _]?status|civil[ _]?status|family[ _]?status|children|dependents|nationality"
    r"|citizenship|religion|race|ethnicity|ethnic[ _]?(?:group|origin)|veteran(?:[ _]?status)?"
    r"|disability(?:[ _]?status)?"
    r"|passport(?:[ _]?(?:no|number))?|photo(?:graph)?|picture|profile[ _]?(?:pic(?:ture)?|photo|image)(?:[ _]?url)?"
    r"|avatar"
    r"|(?:home|street|postal|mailing|permanent|current|residential)?[ _]?address(?:[ _]?line)?(?:[ _]?\d)?"
    r"|zip(?:[ _]?code)?"
    r"|post(?:al)?[ _]?code|geburts(?:datum|ort)|familienstand|staatsangehörigkeit|nationalität|geschlecht|anschrift"
    r"|adresse"
    r"|date[ ]de[ ]naissance|situation[ ]familiale|nationalité|sexe|état[ ]civil|fecha[ ]de[ ]nacimiento|estado[ ]civil"
    r"|nacionalidad|sexo|género|data[ ]de[ ]nascimento|nacionalidade|data[ ]di[ ]nascita|stato[ ]civile|nazionalità"
    r"|дата[ ]рождения|пол|возраст|гражданство|семейное[ ]положение|性别|年龄|出生日期|婚姻状况|国籍|民族"
    r"|تاريخ[ ]الميلاد|الجنس|الجنسية|الحالة[ ]الاجتماعية"
)
_LABELLED = re.compile(
    rf"""(?imx) (?:^|(?<=[|;\n\t]))[ \t"'*•>-]* (?P<mark>(?:{_PERSONAL_LABELS})["'*]{{0,2}}
        [ \t]*[:：=][ \t]*[^\n|;\t]*)"""
)
_JSON = re.compile(
    r"""(?ix) "(?P<mark>(?:date_?of_?birth|birth_?(?:date|day|year|place)|dob|age|gender|sex|pronouns?|marital_?status
    |nationality
    |citizenship|religion|race|ethnicity|photo(?:_url)?|picture(?:_url)?|avatar(?:_url)?|profile_(?:pic(?:ture)?|image
    |photo)(?:_url)?
    |image_?url|(?:street_?|home_?|postal_?)?address|zip_?code|postal_?code|(?:full|first|last|given|family|middle
    |maiden|nick)_?name
    |public_identifier|(?:vanity|user|screen)_?name|e?mails?|phones?(?:_numbers?)?)"[ \t]*:[ \t]*
    (?:"(?:[^"\\]|\\.)*" | \[[^\]]*\] | \{[^}]*\} | [^,}\]\n]*))"""
)
_BIRTH = re.compile(
    r"(?i)\bborn\s+(?:on\s+|in\s+|:)?[^.;|\n]{0,30}?(?:19|20)\d\d\b|\b(?:was|were|i'?m"
    r"|am)?\s?\bborn\s+(?:and\s+(?:raised|bred)\s+)?in\s+"
    r"[^\W\d_]+(?:[ ,]+[A-Z][^\W\d_]+)?|\bnative\s+of\s+[^\W\d_]+"
)
_AGE = re.compile(
    r"(?i)\b(?:aged|age\s+of|age\s*:?)\s*\d{2}\b(?!\s*\+?\s*(?:groups?|to|-))|\b[1-9]\d[\s-]?years?[\s-]?(?:old"
    r"|of\s+age|young)\b"
    r"|\b[1-9]\d\s?y/?o\b"
)
_PRONOUN = re.compile(
    r"(?i)\b(?:s/he|he/she|she/he|(?:he|she|they)/(?:him|her|them)(?:/(?:his|hers|theirs))?|he|she|him|her|his|hers"
    r"|himself|herself)\b"
)
# Title case only, and before a capital: "MS in Physics" and "5 ms" are no titles of people.
_HONORIFIC = re.compile(
    r"\b(?:Mrs?|Ms|Mx|Miss|Mister|Madam|Ma'am|Mme|Mlle|Herr|Frau|Señora?|Señorita|Sr[a]|Signora?|Sir"
    r"|Lady)\b\.?(?=\s+\S)"
)
_GENDER = re.compile(
    r"(?i)\b(?:fe)?males?\b|\b(?:wo)?m[ae]n(?:['’]s)?\b|\bgentlem[ae]n\b|\blad(?:y|ies)\b|\bgirls?['’]?s?\b"
    r"|\bboys?['’]?s?\b"
    r"|\b(?:cis|trans)(?:gender)?\s?(?:wo)?m[ae]n\b|\btransgender\b|\bnon-?binary\b|\bcisgender\b|\bfeminine\b"
    r"|\bmasculine\b"
    r"|\b(?:actress|waitress|stewardess|hostess|heroine)(?:es)?\b|\bfraternity\b|\bsorority\b|\balumn(?:us|a|ae)\b"
)
_GENDERED_JOB = re.compile(
    r"(?i)\b(?P<stem>sales|chair|business|spokes|crafts|fore|congress|fire|police|camera|trades|middle|ombuds|states"
    r"|sports)(?:wo)?m(?P<number>[ae])n\b"
)
_FAMILY = re.compile(
    r"(?i)\b(?:happily\s+)?married(?:\s+to\s+[^\W\d_]+)?(?:\s+with\s+(?:\w+\s+)?(?:kids?|child(?:ren)?|sons?"
    r"|daughters?)[^.;|\n]*)?"
    r"|\b(?:divorced|widow(?:ed|er)?|unmarried)\b|\bsingle\s+(?:mother|father|parent|mom|mum|dad)\b|\b(?:mother"
    r"|father|mom|mum|dad|parent)"
    r"\s+(?:of|to)\s+[^.;|,\n]{1,40}|\bmy\s+(?:husband|wife|spouse|partner|kids?|child(?:ren)?|sons?|daughters?)\b"
    r"|\bmaternity\b|\bpaternity\b"
    r"|\b(?:husband|wife|housewife|househusband)\b|\bn[ée]e\s+[A-Z][^\W\d_]+"
)
_DEMONYMS = (
    "afghan|albanian|algerian|american|argentin(?:e|ian)|armenian|australian|austrian|azerbaijani|bangladeshi"
    "|belarusian|belgian|bolivian"
    "|bosnian|brazilian|british|bulgarian|cameroonian|canadian|chilean|chinese|colombian|croatian|cuban|cypriot"
    "|czech|danish|dominican"
    "|dutch|ecuadorian|egyptian|emirati|english|eritrean|estonian|ethiopian|eu|european|filipino|finnish|french"
    "|georgian|german|ghanaian"
    "|greek|guatemalan|haitian|honduran|hungarian|icelandic|indian|indonesian|iranian|iraqi|irish|israeli|italian"
    "|ivorian|jamaican|japanese"
    "|jordanian|kazakh|kenyan|korean|kuwaiti|latvian|lebanese|libyan|lithuanian|malaysian|maltese|mexican|moldovan"
    "|mongolian|moroccan"
    "|nepal(?:i|ese)|nicaraguan|nigerian|norwegian|omani|pakistani|palestinian|panamanian|paraguayan|persian"
    "|peruvian|polish|portuguese"
    "|puerto[ ]rican|qatari|romanian|russian|rwandan|salvadoran|saudi|scottish|senegalese|serbian|singaporean|slovak"
    "|slovenian|somali"
    "|south[ ]african|spanish|sri[ ]lankan|sudanese|swedish|swiss|syrian|taiwanese|tanzanian|thai|tunisian|turkish"
    "|ugandan|ukrainian"
    "|uruguayan|u\\.?s\\.?|uk|venezuelan|vietnamese|welsh|yemeni|zambian|zimbabwean"
)
_NATIONALITY = re.compile(
    rf"(?i)(?<![\w.])(?:{_DEMONYMS})[ ]+(?:citizen(?:ship)?|passport(?:[ ]holder)?|nationality"
    rf"|national(?=[ ]*(?:[.,;:|)\n]|$))"
    r"|origin|descent|heritage|immigrant|expat(?:riate)?)\b|\b(?:dual[ ]+)?citizen(?:ship)?[ ]+(?:of"
    r"|in)[ ]+(?:the[ ]+)?"
    r"[A-Z][^\W\d_]+(?:[ ][A-Z][^\W\d_]+)?"
)
_PHOTO = re.compile(
    r"(?i)!\[[^\]\n]*\]\([^)\n]*\)|data:image/[^\s\"')]+|(?<![\w.-])[\w-]{1,80}\.(?:jpe?g|png|gif|webp|heic|bmp)\b"
)

# (pattern, token, words without one of which the pattern can't match): most texts skip most patterns.
_PLAIN: tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...] = (
    (_PHOTO, "[image]", ("![", "data:", ".jp", ".png", ".gif", ".webp", ".heic", ".bmp")),
    (_EMAIL, "[email]", ("@", "at)", "at]", "at )", "at ]")),
    (_ADDRESS, "[address]", ()),
    (_POSTCODE, "[address]", ()),
    (_BIRTH, "[birth]", ("born", "native")),
    (_AGE, "[age]", ("age", "year", "yo", "y/o")),
    (_PRONOUN, "[pronoun]", ("he", "she", "him", "her", "his")),
    (_HONORIFIC, "[title]", ()),
    (
        _GENDER,
        "[gender]",
        (
            "male",
            "man",
            "men",
            "lad",
            "girl",
            "boy",
            "trans",
            "cis",
            "binary",
            "nine",
            "lin",
            "ess",
            "nity",
            "rity",
            "alumn",
        ),
    ),
    (
        _FAMILY,
        "[family]",
        (
            "married",
            "divorced",
            "widow",
            "single",
            "mother",
            "father",
            "mom",
            "mum",
            "dad",
            "parent",
            "my",
            "ternity",
            "wife",
            "husband",
            "née",
            "nee",
        ),
    ),
    (
        _NATIONALITY,
        "[nationality]",
        ("citizen", "passport", "national", "origin", "descent", "heritage", "immigrant", "expat"),
    ),
)


def find(text: str) -> Iterator[Span]:
    """Yield (start, end, token) of each personal mark in `text` that its form tells."""
    lower = text.lower()
    for pattern, token, hints in _PLAIN:
        if not hints or any(hint in lower for hint in hints):
            for match in pattern.finditer(text):
                yield match.start(), match.end(), token
    if ":" in text or "=" in text or "：" in text:
        for pattern in (_LABELLED, _JSON, _ACCOUNT):
            for match in pattern.finditer(text):
                yield match.start("mark"), match.end("mark"), "[link]" if pattern is _ACCOUNT else "[personal]"
    if "@" in text:
        for match in _HANDLE.finditer(text):
            yield match.start("mark"), match.end("mark"), "[link]"
    if "." in text:
        for match in _LINK.finditer(text):
            if not _NO_LINK.fullmatch(match[0]):
                yield match.start(), match.end(), "[link]"
    for match in _PHONE.finditer(text):
        digits = sum(character.isdigit() for character in match[0])
        if _PHONE_SURE.match(match[0]) or (digits >= 9 and not _YEAR.search(match[0])):
            yield match.start(), match.end(), "[phone]"
    for match in _GENDERED_JOB.finditer(text):
        yield match.start() + len(match["stem"]), match.end(), "person" if match["number"] == "a" else "people"
