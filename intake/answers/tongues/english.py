"""What English calls things."""

from __future__ import annotations

from intake.answers.tongues.tables import Tongue, names, phrases, words

ENGLISH = Tongue(
    code="en",
    region="US",
    decimal=".",
    yes=phrases(
        "yes, yeah, yep, yup, yes i have, yes i do, i have, i do, i did, i am, correct, that's right, that is right, "
        "right, sure, of course, absolutely, definitely, indeed, certainly, exactly, affirmative, true, it is, "
        "why not, that's correct, that is correct, still is, still so, still, y"
    ),
    no=phrases(
        "no, nope, nah, i have never, i've never, never have, of course not, absolutely not, certainly not, "
        "definitely not, no i haven't, no i don't, i haven't, i have not, i don't, i do not, i didn't, i did not, "
        "i'm not, i am not, never, not at all, not really, not yet, none, negative, false, i don't think so, "
        "i do not think so, wrong, that's wrong, incorrect, it isn't, it is not, not any more, no longer, n"
    ),
    negates=words("not never neither cannot"),
    unsure=phrases(
        "maybe, perhaps, sort of, kind of, not sure, i'm not sure, i am not sure, i don't know, i do not know, unsure, "
        "it depends, depends, in a way, partly, possibly, i think so, i guess, probably, more or less"
    ),
    first=phrases("the first, first one, the former, what you know, what you have, yours, your records"),
    second=phrases("the second, second one, the latter, resume, résumé, cv, what it says, the new one, the last one"),
    skip=phrases(
        "skip, skip it, skip this, skip that, skip this one, let's skip, can we skip, please skip, pass, i'll pass, "
        "next question, next one, move on, let's move on, i'd rather not, i would rather not, rather not, "
        "i'd rather not say, prefer not to say, prefer not to, i prefer not to answer, no comment, "
        "i don't want to answer, i don't want to say, i do not want to say, i won't say, none of your business"
    ),
    unknown=phrases(
        "i don't know, i do not know, i don't know that, i don't know it, don't know, dunno, i dunno, no idea, "
        "i have no idea, i've no idea, i've got no idea, no clue, i have no clue, not a clue, i can't say, "
        "i cannot say, i don't remember, i can't remember, that's private, that is private, it's private, "
        "i don't work anywhere, i'm not working, i am not working, nowhere, i'm unemployed, unemployed, "
        "i'm between jobs, i am between jobs, between jobs, i don't have a job, i have no job"
    ),
    regrets=phrases(
        "sorry, i'm sorry, i am sorry, unfortunately, honestly, actually, right now, at present, at the moment, "
        "currently, well, so, then"
    ),
    corrects=phrases(
        "no wait, wait no, sorry, i mean, i meant, actually, make that, scratch that, or rather, correction, "
        "let me correct that, no sorry, excuse me, my mistake, no i mean"
    ),
    leads=phrases(
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
    fillers=phrases("um, umm, uh, uhm, er, erm, hmm, hm, you know, i guess, please, thanks, thank you"),
    point=words("point dot"),
    either=phrases("or, or maybe, or perhaps, or possibly"),
    until=phrases("to, up to, till, until, and"),
    over=phrases("more than, over, at least, upwards of, above, less than, under, below, at most, up to, not quite"),
    nothing=phrases("none, nothing, no experience, never, not any"),
    years=phrases("years, year, yrs, yr, y"),
    months=phrases("months, month, mos, mo"),
    weeks=phrases("weeks, week, wks, wk"),
    days=phrases("days, day"),
    decades=phrases("decades, decade"),
    since=phrases("since, from"),
    repeats={"double": 2, "triple": 3, "treble": 3},
    zero=words("oh o nought zero nil"),
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
    signs=names(
        "at=@ dot=. point=. period=. dash=- hyphen=- minus=- underscore=_ slash=/ plus=+ colon=: tilde=~ hash=# "
        "ampersand=&"
    ),
    capital=phrases("capital, uppercase, upper case, big, lowercase, lower case, small"),
    spells=phrases("that's, that is, spelled, spelt, which is"),
    as_in=phrases("as in, for, like in, like"),
    letters=names(
        "ay=a bee=b cee=c sea=c see=c dee=d ee=e eff=f gee=g aitch=h jay=j kay=k el=l ell=l em=m en=n pee=p cue=q "
        "queue=q oh=o ar=r are=r ess=s tee=t tea=t you=u vee=v doubleu=w ex=x why=y wye=y zee=z zed=z"
    ),
    at=words("at with for"),
    within=words("in near from"),
    joins=phrases("and, plus, as well as, and also, also, then"),
    month_names=words("january february march april may june july august september october november december"),
    now=phrases("now, right now, immediately, at once, today, straight away"),
)
