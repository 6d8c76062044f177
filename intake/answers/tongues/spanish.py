"""What Spanish calls things."""

from __future__ import annotations

from intake.answers.tongues.tables import Tongue, names, phrases, words

SPANISH = Tongue(
    code="es",
    region="ES",
    decimal=",",
    yes=phrases(
        "cómo no, sí, si, claro, claro que sí, por supuesto, correcto, exacto, así es, efectivamente, "
        "desde luego, cierto, "
        "es correcto, verdad, todavía, sí lo he hecho, lo soy"
    ),
    no=phrases(
        "claro que no, por supuesto que no, desde luego que no, no, nunca, jamás, para nada, de ninguna manera, "
        "todavía no, aún no, no lo he hecho, no es correcto, falso, "
        "ya no, en absoluto, creo que no, no realmente"
    ),
    negates=words("no nunca jamás tampoco"),
    unsure=phrases(
        "quizás, quizá, tal vez, no sé, no lo sé, no estoy seguro, no estoy segura, depende, más o menos, "
        "en parte, posiblemente, probablemente, creo que sí"
    ),
    first=phrases("el primero, la primera, lo primero, lo que les consta, lo que ya saben"),
    second=phrases("el segundo, la segunda, lo segundo, currículum, curriculum, cv, el nuevo, la nueva"),
    skip=phrases(
        "saltar, salta, sáltalo, sáltela, sáltelo, saltemos, saltar esta, saltarla, omitir, omitamos, paso, siguiente, "
        "siguiente pregunta, "
        "la siguiente pregunta, prefiero no decirlo, prefiero no decir, prefiero no contestar, "
        "prefiero no responder, mejor no, sin comentarios, no quiero responder, no quiero contestar"
    ),
    unknown=phrases(
        "no sé, no lo sé, no se, no lo se, ni idea, no tengo ni idea, no tengo idea, no me acuerdo, no lo recuerdo, "
        "no recuerdo, no sabría decir, no sabría decirle, es privado, eso es privado, es algo privado, no trabajo, "
        "no estoy trabajando, no tengo trabajo, estoy en paro, estoy desempleado, estoy desempleada, sin empleo"
    ),
    regrets=phrases(
        "perdón, perdone, lo siento, disculpe, la verdad, ahora mismo, ahora, actualmente, de momento, bueno, entonces"
    ),
    corrects=phrases(
        "no perdón, perdón, perdona, perdone, quiero decir, quería decir, mejor dicho, digo, corrijo, "
        "no espera, espera, me equivoqué, más bien"
    ),
    leads=phrases(
        "mi nombre es, me llamo, mi correo es, mi correo electrónico es, mi email es, mi dirección es, "
        "mi teléfono es, mi número es, mi número de teléfono es, mi móvil es, mi perfil es, mi usuario es, es, "
        "sería, serían, son, "
        "soy, trabajo como, trabajo de, trabajo en, trabajo para, estoy en, vivo en, soy de, actualmente soy, "
        "actualmente, ahora mismo, mi puesto es, mi cargo es, tengo un, tengo una, tengo, sé, un poco de, "
        "algo de, uso, utilizo, conozco, "
        "sobre todo, principalmente, estudié, diría, yo diría, creo que, pues, bueno, a ver, eh, em, el, la"
    ),
    fillers=phrases("eh, em, este, pues, o sea, por favor, gracias, unos, unas, aproximadamente"),
    point=words("coma punto"),
    either=phrases("o, u, o tal vez, o quizás"),
    until=phrases("a, hasta, y"),
    over=phrases("más de, mas de, al menos, por lo menos, como mínimo, por encima de, menos de, como máximo, hasta"),
    nothing=phrases("ninguno, ninguna, nada, sin experiencia"),
    years=phrases("años, año, anos"),
    months=phrases("meses, mes"),
    weeks=phrases("semanas, semana"),
    days=phrases("días, día, dias"),
    decades=phrases("décadas, década"),
    since=phrases("desde"),
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
    signs=names("arroba=@ at=@ punto=. dot=. guion=- guión=- menos=- barra=/ slash=/ más=+ mas=+ plus=+ subrayado=_"),
    capital=phrases("mayúscula, mayúsculas, minúscula, minúsculas"),
    spells=phrases("es decir, se escribe, se deletrea, o sea"),
    as_in=phrases("de, como en, como"),
    letters=names(
        "be=b ce=c de=d efe=f ge=g hache=h jota=j ka=k ele=l eme=m ene=n pe=p cu=q erre=r ere=r ese=s te=t uve=v "
        "equis=x zeta=z"
    ),
    at=words("en para"),
    within=words("en de"),
    joins=phrases("y, e, también, además, y también, luego"),
    month_names=words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    now=phrases("ahora, ahora mismo, ya, de inmediato, inmediatamente, hoy"),
)
