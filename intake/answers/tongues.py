"""What the languages of intake call things: yes and no, halves and millions, dots and at signs. Data for the readers.

Every table is written in lower case and without accents where people leave them out too; `tongue` gives English for a
language that is not there. A new language is one more entry.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


def _words(listed: str) -> tuple[str, ...]:
    return tuple(listed.split())


def _phrases(listed: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in listed.split(",") if phrase.strip())


def _names(listed: str) -> Mapping[str, str]:
    """Pairs written as "dot=. dash=-"."""
    return dict(pair.split("=", 1) for pair in listed.split())


def any_of(phrases: tuple[str, ...] | list[str]) -> str:
    """A pattern for one of several phrases, the longest first, whatever the white space in them."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in ordered) + ")"


@dataclass(frozen=True)
class Tongue:
    """One language.

    `region` is where a phone number without a country code is from, where the deployment says nothing better. `decimal`
    is the mark of decimals. `swaps` are regular expressions that bring numbers into the form that text2num knows.
    """

    code: str
    region: str
    decimal: str
    # --- yes and no
    yes: tuple[str, ...]
    no: tuple[str, ...]
    unsure: tuple[str, ...]
    # What turns a yes beside it into a no: "of course not".
    negates: tuple[str, ...]
    # Of two that were named, what is known before and what the resume says.
    first: tuple[str, ...]
    second: tuple[str, ...]
    # --- talk around an answer
    skip: tuple[str, ...]
    # That there is no answer to give: not to be written down as one.
    unknown: tuple[str, ...]
    # What people say beside either of them.
    regrets: tuple[str, ...]
    corrects: tuple[str, ...]
    leads: tuple[str, ...]
    fillers: tuple[str, ...]
    # --- numbers
    point: tuple[str, ...]
    either: tuple[str, ...]
    until: tuple[str, ...]
    over: tuple[str, ...]
    nothing: tuple[str, ...]
    years: tuple[str, ...]
    months: tuple[str, ...]
    weeks: tuple[str, ...]
    days: tuple[str, ...]
    decades: tuple[str, ...]
    since: tuple[str, ...]
    repeats: Mapping[str, int]
    swaps: tuple[tuple[str, str], ...]
    zero: tuple[str, ...] = ()
    # --- spelling
    signs: Mapping[str, str] = field(default_factory=dict)
    # Those that are called by two words, one of which may be a sign by itself: "guion bajo" is no dash.
    paired_signs: Mapping[str, str] = field(default_factory=dict)
    capital: tuple[str, ...] = ()
    as_in: tuple[str, ...] = ()
    # What announces that a word is spelled once more: "ada, that's a d a".
    spells: tuple[str, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    # --- lists and dates
    joins: tuple[str, ...] = ()
    # What stands before a company, and before a place.
    at: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    month_names: tuple[str, ...] = ()
    now: tuple[str, ...] = ()


ENGLISH = Tongue(
    code="en",
    region="US",
    decimal=".",
    yes=_phrases(
        "yes, yeah, yep, yup, yes i have, yes i do, i have, i do, i did, i am, correct, that's right, that is right, "
        "right, sure, of course, absolutely, definitely, indeed, certainly, exactly, affirmative, true, it is, "
        "why not, that's correct, that is correct, still is, still so, still, y"
    ),
    no=_phrases(
        "no, nope, nah, i have never, i've never, never have, of course not, absolutely not, certainly not, "
        "definitely not, no i haven't, no i don't, i haven't, i have not, i don't, i do not, i didn't, i did not, "
        "i'm not, i am not, never, not at all, not really, not yet, none, negative, false, i don't think so, "
        "i do not think so, wrong, that's wrong, incorrect, it isn't, it is not, not any more, no longer, n"
    ),
    negates=_words("not never neither cannot"),
    unsure=_phrases(
        "maybe, perhaps, sort of, kind of, not sure, i'm not sure, i am not sure, i don't know, i do not know, unsure, "
        "it depends, depends, in a way, partly, possibly, i think so, i guess, probably, more or less"
    ),
    first=_phrases("the first, first one, the former, what you know, what you have, yours, your records"),
    second=_phrases("the second, second one, the latter, resume, résumé, cv, what it says, the new one, the last one"),
    skip=_phrases(
        "skip, skip it, skip this, skip that, skip this one, let's skip, can we skip, please skip, pass, i'll pass, "
        "next question, next one, move on, let's move on, i'd rather not, i would rather not, rather not, "
        "i'd rather not say, prefer not to say, prefer not to, i prefer not to answer, no comment, "
        "i don't want to answer, i don't want to say, i do not want to say, i won't say, none of your business"
    ),
    unknown=_phrases(
        "i don't know, i do not know, i don't know that, i don't know it, don't know, dunno, i dunno, no idea, "
        "i have no idea, i've no idea, i've got no idea, no clue, i have no clue, not a clue, i can't say, "
        "i cannot say, i don't remember, i can't remember, that's private, that is private, it's private, "
        "i don't work anywhere, i'm not working, i am not working, nowhere, i'm unemployed, unemployed, "
        "i'm between jobs, i am between jobs, between jobs, i don't have a job, i have no job"
    ),
    regrets=_phrases(
        "sorry, i'm sorry, i am sorry, unfortunately, honestly, actually, right now, at present, at the moment, "
        "currently, well, so, then"
    ),
    corrects=_phrases(
        "no wait, wait no, sorry, i mean, i meant, actually, make that, scratch that, or rather, correction, "
        "let me correct that, no sorry, excuse me, my mistake, no i mean"
    ),
    leads=_phrases(
        "my name is, i'm called, call me, my email is, my e-mail is, my email address is, my e-mail address is, "
        "my mail is, my address is, my phone number is, my number is, my mobile is, my cell is, you can reach me at, "
        "you can reach me on, reach me at, my linkedin is, my handle is, my linkedin handle is, "
        "my user name is, my username is, my profile is, the address is, it is, it's, it would be, "
        "that is, that's, that would be, this is, i am a, i am an, i am the, i'm a, i'm an, i'm the, i am, i'm, "
        "i work as a, i work as an, i work as, i'm working as a, i'm working as, i work at, i work for, i'm at, "
        "i'm with, i'm working at, i'm working for, i live in, i'm based in, i am based in, i'm in, i'm from, "
        "based in, currently i'm, currently, at present, right now, my title is, my role is, my job is, "
        "my current role is, my current title is, my job title is, my company is, i have a, "
        "i have an, i have, i've got a, i've got, "
        "i hold a, i hold an, i hold, i did a, i studied, i know, i use, i can do, i can, i am good at, "
        "i'm good at, a bit of, a little, a lot of, some, i work with, i've worked in, "
        "i have worked in, i worked in, mostly, mainly, my skills are, the skills are, they are, there's, there is, "
        "well, so, okay, ok, sure, yes, yeah, um, uh, er, hmm, the answer is, i would say, i'd say, i think, "
        "let me see, let's see, the"
    ),
    fillers=_phrases("um, umm, uh, uhm, er, erm, hmm, hm, you know, i guess, please, thanks, thank you"),
    point=_words("point dot"),
    either=_phrases("or, or maybe, or perhaps, or possibly"),
    until=_phrases("to, up to, till, until, and"),
    over=_phrases("more than, over, at least, upwards of, above, less than, under, below, at most, up to, not quite"),
    nothing=_phrases("none, nothing, no experience, never, not any"),
    years=_phrases("years, year, yrs, yr, y"),
    months=_phrases("months, month, mos, mo"),
    weeks=_phrases("weeks, week, wks, wk"),
    days=_phrases("days, day"),
    decades=_phrases("decades, decade"),
    since=_phrases("since, from"),
    repeats={"double": 2, "triple": 3, "treble": 3},
    zero=_words("oh o nought zero nil"),
    swaps=(
        (r"\b(grand)\b", "thousand"),
        (r"\bmil\b", "million"),
        # How many is not told.
        (r"\b(?:a\s+)?(?:few|several|many)\s+(?:hundred|thousand|million)s?(?:\s+thousand)?\b", " "),
        (r"\b\w+\s+figures?\b", " "),
        (r"(?<!half )\ba\s+(?=year|month)", "one "),
        (r"\s+and\s+a\s+quarter\s+(million|billion)", r" point two five \1"),
        (r"\s+and\s+three\s+quarters\b", " point seven five"),
        (r"\bthree\s+quarters\s+of\s+a\s+(million|billion)", r"0.75 \1"),
        (r"\b(?:a\s+)?quarter\s+(?:of\s+a\s+)?(million|billion)", r"0.25 \1"),
        (r"\bhalf\s+an?\s+(million|billion|thousand)", r"0.5 \1"),
        (r"\ban?\s+(?=hundred|thousand|million|billion|dozen|decade)", "one "),
        (r"\b(years?|months?|decades?)\s+and\s+a\s+half", r"point five \1"),
        (r"\s+and\s+a\s+half\s+(million|billion|thousand|k|m)\b", r" point five \1"),
        (r"\b(million|billion|thousand)\s+and\s+a\s+half", r"point five \1"),
        (r"\s+and\s+a\s+half\b", " point five"),
        (r"\s+and\s+a\s+quarter\b", " point two five"),
        (r"\bhalf\s+a\s+year", "0.5 year"),
        (r"\ba\s+couple\s+(?:of\s+)?", "two "),
        (r"\bone\s+dozen\b", "twelve"),
    ),
    paired_signs={"forward slash": "/", "under score": "_", "at sign": "@", "full stop": ".", "minus sign": "-"},
    signs=_names(
        "at=@ dot=. point=. period=. dash=- hyphen=- minus=- underscore=_ slash=/ plus=+ colon=: tilde=~ hash=# "
        "ampersand=&"
    ),
    capital=_phrases("capital, uppercase, upper case, big, lowercase, lower case, small"),
    spells=_phrases("that's, that is, spelled, spelt, which is"),
    as_in=_phrases("as in, for, like in, like"),
    letters=_names(
        "ay=a bee=b cee=c sea=c see=c dee=d ee=e eff=f gee=g aitch=h jay=j kay=k el=l ell=l em=m en=n pee=p cue=q "
        "queue=q oh=o ar=r are=r ess=s tee=t tea=t you=u vee=v doubleu=w ex=x why=y wye=y zee=z zed=z"
    ),
    at=_words("at with for"),
    within=_words("in near from"),
    joins=_phrases("and, plus, as well as, and also, also, then"),
    month_names=_words("january february march april may june july august september october november december"),
    now=_phrases("now, right now, immediately, at once, today, straight away"),
)

GERMAN = Tongue(
    code="de",
    region="DE",
    decimal=",",
    yes=_phrases(
        "ja, jawohl, jep, jo, klar, genau, richtig, stimmt, das stimmt, sicher, natürlich, selbstverständlich, doch, "
        "auf jeden fall, absolut, korrekt, habe ich, hab ich, bin ich, ja habe ich, immer noch, noch immer, wahr"
    ),
    no=_phrases(
        "nein, nee, ne, leider nicht, natürlich nicht, sicher nicht, nö, niemals, nie, noch nie, noch nicht, "
        "gar nicht, überhaupt nicht, auf keinen fall, "
        "habe ich nicht, hab ich nicht, bin ich nicht, keineswegs, falsch, stimmt nicht, das stimmt nicht, "
        "nicht mehr, nicht wirklich, eher nicht, ich glaube nicht"
    ),
    negates=_words("nicht nie niemals kein keine keinen keiner"),
    unsure=_phrases(
        "vielleicht, weiß nicht, ich weiß nicht, ich weiss nicht, nicht sicher, bin mir nicht sicher, jein, teilweise, "
        "kommt darauf an, eventuell, möglicherweise, wahrscheinlich, ich glaube schon, mehr oder weniger"
    ),
    first=_phrases("das erste, die erste, der erste, ersteres, was sie wissen, was ihnen bekannt ist"),
    second=_phrases("das zweite, die zweite, der zweite, letzteres, lebenslauf, cv, das neue, die neue"),
    skip=_phrases(
        "überspringen, bitte überspringen, das überspringen, überspringen wir, weiter, nächste frage, "
        "die nächste frage, lieber nicht, möchte ich nicht sagen, will ich nicht sagen, das möchte ich nicht sagen, "
        "ich möchte nicht antworten, ich möchte das nicht beantworten, keine angabe, kein kommentar, auslassen, passe"
    ),
    # As text is compared: ß is ss.
    unknown=_phrases(
        "weiss nicht, ich weiss nicht, weiss ich nicht, das weiss ich nicht, ich weiss es nicht, ich weiss das nicht, "
        "keine ahnung, ich habe keine ahnung, hab keine ahnung, habe keine ahnung, kann ich nicht sagen, "
        "das kann ich nicht sagen, ich erinnere mich nicht, das ist privat, ist privat, das geht sie nichts an, "
        "nirgends, nirgendwo, ich arbeite nirgends, ich arbeite nicht, ich bin arbeitslos, arbeitslos, "
        "ich bin arbeitssuchend, arbeitssuchend, ich habe keine stelle, ich habe keine arbeit, zwischen zwei stellen"
    ),
    regrets=_phrases(
        "sorry, tut mir leid, leider, ehrlich gesagt, entschuldigung, gerade, zur zeit, zurzeit, derzeit, "
        "im moment, momentan, also, nun, dann, da, das"
    ),
    corrects=_phrases(
        "nein moment, moment, nein warte, ich meine, ich meinte, verzeihung, entschuldigung, quatsch, "
        "besser gesagt, genauer gesagt, korrektur, nein doch"
    ),
    leads=_phrases(
        "mein name ist, ich heiße, ich heisse, meine e-mail ist, meine e-mail-adresse ist, meine email ist, "
        "meine mailadresse ist, meine adresse ist, meine nummer ist, meine telefonnummer ist, meine handynummer ist, "
        "sie erreichen mich unter, mein profil ist, mein benutzername ist, es ist, das ist, das wäre, "
        "das wären, das sind, es sind, ich bin, "
        "ich arbeite als, ich arbeite bei, ich bin bei, ich wohne in, ich lebe in, ich komme aus, zurzeit bin ich, "
        "derzeit bin ich, zurzeit, derzeit, momentan, aktuell, mein titel ist, meine position ist, ich habe einen, "
        "ich habe eine, ich habe, ich kann, ein bisschen, etwas, viel, ich nutze, ich verwende, ich kenne, "
        "vor allem, hauptsächlich, "
        "ich habe studiert, ich würde sagen, ich denke, ich glaube, also, ja, äh, ähm, gut, na ja, die antwort ist"
    ),
    fillers=_phrases("äh, ähm, öh, hm, hmm, halt, sozusagen, bitte, danke, etwa, ungefähr, circa, rund"),
    point=_words("komma punkt"),
    either=_phrases("oder, oder vielleicht, oder auch"),
    until=_phrases("bis, und"),
    over=_phrases("mehr als, über, mindestens, gut, weniger als, unter, höchstens, bis zu"),
    nothing=_phrases("keine, keinen, keiner, nichts, gar keine, null"),
    years=_phrases("jahre, jahren, jahr, jahres"),
    months=_phrases("monate, monaten, monat"),
    weeks=_phrases("wochen, woche"),
    days=_phrases("tage, tagen, tag"),
    decades=_phrases("jahrzehnte, jahrzehnten, jahrzehnt"),
    since=_phrases("seit"),
    repeats={"doppel": 2, "zweimal": 2, "dreimal": 3},
    zero=(),
    swaps=(
        (r"\bzwo", "zwei"),
        (r"\b(?:ein\s+paar|mehrere|einige|viele)\s*(?:hundert|tausend|millionen)\w*", " "),
        (r"\beine?\s+halbe\s+(million|milliarde)", r"0,5 \1"),
        (r"\bein\s+halbes\s+jahr", "0,5 jahr"),
        (r"\b(?:anderthalb|eineinhalb|einundeinhalb)\b", "1,5"),
        (r"\b(\w+?)(?:und)?einhalb\b", r"\1 komma fünf"),
        (r"\bein\s+dutzend\b", "zwölf"),
        (r"\beine?n?\s+(?=paar\b|bisschen\b|wenig\b|tick\b)", ""),
        (r"\beine?[mnrs]?\s+(?=million|milliarde)", ""),
        (r"\beine?[mnrs]?\s+(?=jahr|monat|woche|tag)", "eins "),
    ),
    paired_signs={"at zeichen": "@", "unter strich": "_", "binde strich": "-", "schräg strich": "/"},
    signs=_names(
        "at=@ ät=@ äd=@ klammeraffe=@ punkt=. dot=. bindestrich=- minus=- strich=- unterstrich=_ underscore=_ "
        "schrägstrich=/ slash=/ plus=+ doppelpunkt=:"
    ),
    capital=_phrases("groß, großes, großbuchstabe, klein, kleines"),
    spells=_phrases("das ist, buchstabiert, geschrieben, also"),
    as_in=_phrases("wie in, wie"),
    letters=_names(
        "be=b ce=c de=d ef=f ge=g ha=h jot=j ka=k el=l em=m en=n pe=p ku=q er=r es=s te=t vau=v we=w ix=x zett=z"
    ),
    at=_words("bei für"),
    within=_words("in aus bei"),
    joins=_phrases("und, sowie, und auch, außerdem, dann"),
    month_names=_words("januar februar märz april mai juni juli august september oktober november dezember"),
    now=_phrases("sofort, ab sofort, jetzt, heute"),
)

SPANISH = Tongue(
    code="es",
    region="ES",
    decimal=",",
    yes=_phrases(
        "cómo no, sí, si, claro, claro que sí, por supuesto, correcto, exacto, así es, efectivamente, "
        "desde luego, cierto, "
        "es correcto, verdad, todavía, sí lo he hecho, lo soy"
    ),
    no=_phrases(
        "claro que no, por supuesto que no, desde luego que no, no, nunca, jamás, para nada, de ninguna manera, "
        "todavía no, aún no, no lo he hecho, no es correcto, falso, "
        "ya no, en absoluto, creo que no, no realmente"
    ),
    negates=_words("no nunca jamás tampoco"),
    unsure=_phrases(
        "quizás, quizá, tal vez, no sé, no lo sé, no estoy seguro, no estoy segura, depende, más o menos, "
        "en parte, posiblemente, probablemente, creo que sí"
    ),
    first=_phrases("el primero, la primera, lo primero, lo que les consta, lo que ya saben"),
    second=_phrases("el segundo, la segunda, lo segundo, currículum, curriculum, cv, el nuevo, la nueva"),
    skip=_phrases(
        "saltar, salta, sáltalo, sáltela, sáltelo, saltemos, saltar esta, saltarla, omitir, omitamos, paso, siguiente, "
        "siguiente pregunta, "
        "la siguiente pregunta, prefiero no decirlo, prefiero no decir, prefiero no contestar, "
        "prefiero no responder, mejor no, sin comentarios, no quiero responder, no quiero contestar"
    ),
    unknown=_phrases(
        "no sé, no lo sé, no se, no lo se, ni idea, no tengo ni idea, no tengo idea, no me acuerdo, no lo recuerdo, "
        "no recuerdo, no sabría decir, no sabría decirle, es privado, eso es privado, es algo privado, no trabajo, "
        "no estoy trabajando, no tengo trabajo, estoy en paro, estoy desempleado, estoy desempleada, sin empleo"
    ),
    regrets=_phrases(
        "perdón, perdone, lo siento, disculpe, la verdad, ahora mismo, ahora, actualmente, de momento, bueno, entonces"
    ),
    corrects=_phrases(
        "no perdón, perdón, perdona, perdone, quiero decir, quería decir, mejor dicho, digo, corrijo, "
        "no espera, espera, me equivoqué, más bien"
    ),
    leads=_phrases(
        "mi nombre es, me llamo, mi correo es, mi correo electrónico es, mi email es, mi dirección es, "
        "mi teléfono es, mi número es, mi número de teléfono es, mi móvil es, mi perfil es, mi usuario es, es, "
        "sería, serían, son, "
        "soy, trabajo como, trabajo de, trabajo en, trabajo para, estoy en, vivo en, soy de, actualmente soy, "
        "actualmente, ahora mismo, mi puesto es, mi cargo es, tengo un, tengo una, tengo, sé, un poco de, "
        "algo de, uso, utilizo, conozco, "
        "sobre todo, principalmente, estudié, diría, yo diría, creo que, pues, bueno, a ver, eh, em, el, la"
    ),
    fillers=_phrases("eh, em, este, pues, o sea, por favor, gracias, unos, unas, aproximadamente"),
    point=_words("coma punto"),
    either=_phrases("o, u, o tal vez, o quizás"),
    until=_phrases("a, hasta, y"),
    over=_phrases("más de, mas de, al menos, por lo menos, como mínimo, por encima de, menos de, como máximo, hasta"),
    nothing=_phrases("ninguno, ninguna, nada, sin experiencia"),
    years=_phrases("años, año, anos"),
    months=_phrases("meses, mes"),
    weeks=_phrases("semanas, semana"),
    days=_phrases("días, día, dias"),
    decades=_phrases("décadas, década"),
    since=_phrases("desde"),
    repeats={"doble": 2, "triple": 3},
    zero=(),
    swaps=(
        (r"\b(?:unos|unas|varios|varias|muchos|muchas)\s+(?:cientos|miles|millones)(?:\s+de\s+miles)?\b", " "),
        (r"\bmedio\s+(mill[oó]n)", r"0,5 \1"),
        (r"\bmedio\s+año", "0,5 año"),
        (r"\b(mill[oó]n|millones|mil)\s+y\s+medio", r"coma cinco \1"),
        (r"\b(años?|mes(?:es)?|décadas?)\s+y\s+medi[oa]\b", r"coma cinco \1"),
        (r"\s+y\s+medi[oa]\b", " coma cinco"),
        (r"\bun[oa]s\s+", ""),
        (r"veintiún\b", "veintiuno"),
        (r"\b(y)\s+un\s+(?=mil)", r"\1 uno "),
        (r"\bun\s+(?=mill[oó]n|año|mes)", "uno "),
        (r"\buna\s+(?=década)", "uno "),
        (r"\bun\s+par\s+de\b", "dos"),
        (r"\buna\s+docena\b", "doce"),
        (r"\bpor\s+ciento\b", "%"),
    ),
    paired_signs={"guion bajo": "_", "guión bajo": "_", "barra baja": "_", "signo menos": "-"},
    signs=_names("arroba=@ at=@ punto=. dot=. guion=- guión=- menos=- barra=/ slash=/ más=+ mas=+ plus=+ subrayado=_"),
    capital=_phrases("mayúscula, mayúsculas, minúscula, minúsculas"),
    spells=_phrases("es decir, se escribe, se deletrea, o sea"),
    as_in=_phrases("de, como en, como"),
    letters=_names(
        "be=b ce=c de=d efe=f ge=g hache=h jota=j ka=k ele=l eme=m ene=n pe=p cu=q erre=r ere=r ese=s te=t uve=v "
        "equis=x zeta=z"
    ),
    at=_words("en para"),
    within=_words("en de"),
    joins=_phrases("y, e, también, además, y también, luego"),
    month_names=_words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    now=_phrases("ahora, ahora mismo, ya, de inmediato, inmediatamente, hoy"),
)

_TONGUES = {one.code: one for one in (ENGLISH, GERMAN, SPANISH)}


def tongue(language: str) -> Tongue:
    """The tables of a language such as "de" or "de-AT"; English where there are none."""
    return _TONGUES.get(language.lower().replace("_", "-").split("-")[0], ENGLISH)
