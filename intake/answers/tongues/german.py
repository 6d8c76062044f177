"""What German calls things."""

from __future__ import annotations

from intake.answers.tongues.tables import Tongue, names, phrases, words

GERMAN = Tongue(
    code="de",
    region="DE",
    decimal=",",
    yes=phrases(
        "ja, jawohl, jep, jo, klar, genau, richtig, stimmt, das stimmt, sicher, natürlich, selbstverständlich, doch, "
        "auf jeden fall, absolut, korrekt, habe ich, hab ich, bin ich, ja habe ich, immer noch, noch immer, wahr"
    ),
    no=phrases(
        "nein, nee, ne, leider nicht, natürlich nicht, sicher nicht, nö, niemals, nie, noch nie, noch nicht, "
        "gar nicht, überhaupt nicht, auf keinen fall, "
        "habe ich nicht, hab ich nicht, bin ich nicht, keineswegs, falsch, stimmt nicht, das stimmt nicht, "
        "nicht mehr, nicht wirklich, eher nicht, ich glaube nicht"
    ),
    negates=words("nicht nie niemals kein keine keinen keiner"),
    unsure=phrases(
        "vielleicht, weiß nicht, ich weiß nicht, ich weiss nicht, nicht sicher, bin mir nicht sicher, jein, teilweise, "
        "kommt darauf an, eventuell, möglicherweise, wahrscheinlich, ich glaube schon, mehr oder weniger"
    ),
    first=phrases("das erste, die erste, der erste, ersteres, was sie wissen, was ihnen bekannt ist"),
    second=phrases("das zweite, die zweite, der zweite, letzteres, lebenslauf, cv, das neue, die neue"),
    skip=phrases(
        "überspringen, bitte überspringen, das überspringen, überspringen wir, weiter, nächste frage, "
        "die nächste frage, lieber nicht, möchte ich nicht sagen, will ich nicht sagen, das möchte ich nicht sagen, "
        "ich möchte nicht antworten, ich möchte das nicht beantworten, keine angabe, kein kommentar, auslassen, passe"
    ),
    # As text is compared: ß is ss.
    unknown=phrases(
        "weiss nicht, ich weiss nicht, weiss ich nicht, das weiss ich nicht, ich weiss es nicht, ich weiss das nicht, "
        "keine ahnung, ich habe keine ahnung, hab keine ahnung, habe keine ahnung, kann ich nicht sagen, "
        "das kann ich nicht sagen, ich erinnere mich nicht, das ist privat, ist privat, das geht sie nichts an, "
        "nirgends, nirgendwo, ich arbeite nirgends, ich arbeite nicht, ich bin arbeitslos, arbeitslos, "
        "ich bin arbeitssuchend, arbeitssuchend, ich habe keine stelle, ich habe keine arbeit, zwischen zwei stellen"
    ),
    regrets=phrases(
        "sorry, tut mir leid, leider, ehrlich gesagt, entschuldigung, gerade, zur zeit, zurzeit, derzeit, "
        "im moment, momentan, also, nun, dann, da, das"
    ),
    corrects=phrases(
        "nein moment, moment, nein warte, ich meine, ich meinte, verzeihung, entschuldigung, quatsch, "
        "besser gesagt, genauer gesagt, korrektur, nein doch"
    ),
    leads=phrases(
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
    fillers=phrases("äh, ähm, öh, hm, hmm, halt, sozusagen, bitte, danke, etwa, ungefähr, circa, rund"),
    point=words("komma punkt"),
    either=phrases("oder, oder vielleicht, oder auch"),
    until=phrases("bis, und"),
    over=phrases("mehr als, über, mindestens, gut, weniger als, unter, höchstens, bis zu"),
    nothing=phrases("keine, keinen, keiner, nichts, gar keine, null"),
    years=phrases("jahre, jahren, jahr, jahres"),
    months=phrases("monate, monaten, monat"),
    weeks=phrases("wochen, woche"),
    days=phrases("tage, tagen, tag"),
    decades=phrases("jahrzehnte, jahrzehnten, jahrzehnt"),
    since=phrases("seit"),
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
    signs=names(
        "at=@ ät=@ äd=@ klammeraffe=@ punkt=. dot=. bindestrich=- minus=- strich=- unterstrich=_ underscore=_ "
        "schrägstrich=/ slash=/ plus=+ doppelpunkt=:"
    ),
    capital=phrases("groß, großes, großbuchstabe, klein, kleines"),
    spells=phrases("das ist, buchstabiert, geschrieben, also"),
    as_in=phrases("wie in, wie"),
    letters=names(
        "be=b ce=c de=d ef=f ge=g ha=h jot=j ka=k el=l em=m en=n pe=p ku=q er=r es=s te=t vau=v we=w ix=x zett=z"
    ),
    at=words("bei für"),
    within=words("in aus bei"),
    joins=phrases("und, sowie, und auch, außerdem, dann"),
    month_names=words("januar februar märz april mai juni juli august september oktober november dezember"),
    now=phrases("sofort, ab sofort, jetzt, heute"),
)
