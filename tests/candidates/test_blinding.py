"""Personal marks: the same resume under another name is the same text, byte for byte."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates import material
from candidates.blinding import Name, blind
from candidates.blinding.names import folded
from candidates.evidence import Source, Sources
from tests.candidates import people

RESUME = """\
{FULL}
{full} | {handle}@example.com | +1 202-555-0143 | https://www.linkedin.com/in/{handle} | github.com/{handle}
1200 Main Street, Apt 4, Springfield, IL 62704

{first} led a team of nine at Example Bank in Austin and sold software to Ford. I will mark this page: Mark my words.
Will relocate. Worked with Ruby, Go and Node.js from May 2019 to June 2021 (2019-05 - 2021-06), revenue 1,200,000 USD.
“{first} is the best colleague I had,” said the manager. {first}'s team grew from 3 to 12. {last}, {first} ({full})
Contact {full} or {handle}.dev; twitter: @{handle}
"""


def filled(full: str, template: str = RESUME) -> str:
    first, _, last = full.partition(" ")
    return template.format(FULL=full.upper(), full=full, first=first, last=last, handle=folded(full))


def blinded(full: str, template: str = RESUME) -> str:
    return blind(filled(full, template), name=Name.of(full)).text


REFERENCE = blinded("Zelda Quimby")
NAMES = [
    *("Jane Doe", "Robin Sample", "Xiu Ying", "Zbigniew Łukasiewicz", "José García", "Søren Kjærgård"),
    # names that are words, months, places, skills, employers
    *("Will Page", "Grace Hope", "Mark Sharp", "May Grant", "April Young", "Rose Hill", "Austin Ford", "Ruby Swift"),
    *("Chase Sterling", "Jordan Paris", "Rich Cook", "Joy Price", "Hunter Fox", "Faith Rivers", "Bill Marks"),
    # hyphens, apostrophes, particles, several parts
    *("Mary-Jane O'Neill", "Jean-Luc van der Berg", "Ana de la Cruz", "Sinead O’Brien", "Juan Carlos Ortiz Vega"),
    *("Abdul al-Rashid", "Li Wu", "Jo An", "Ng Ho"),
    # other scripts
    *("محمد الهاشمي", "Ольга Петрова", "Γιώργος Παπαδόπουλος", "小明 王", "민준 김", "अनिल कुमार"),
]


@pytest.mark.parametrize("full", NAMES)
def test_same_resume_under_another_name_is_the_same_text(full: str) -> None:
    assert blinded(full) == REFERENCE


FIRST_NAMES = """
    Amara Bill Chiara Dmitri Eun-ji Fatou Grace Hope Ivana Joy Kwame Lars Mark May Nadia Olu Priya Quentin Rose Ruby
    Sven Tariq Uma Violet Will Xiomara Yusuf Zoë Émile Þóra Hans-Peter Jean-Marie Αλέξης Юрий نور
"""
LAST_NAMES = """
    Abiodun Brown Cohen Dubois Eriksson Ferreira Grant Hill Ivanov Jackson King Larsen Müller Nakamura Okafor Page
    Qureshi Rossi Smith-Jones Taylor Underwood Vega Walker Xu Young Zhang O'Hara D’Angelo MacLeod Ångström Παππάς
    Шевченко الحسن
"""
GIVEN = st.sampled_from(FIRST_NAMES.split())
FAMILY = st.sampled_from(LAST_NAMES.split())


@given(GIVEN, FAMILY)
@settings(max_examples=150, deadline=None)
def test_any_synthetic_name_gives_the_same_text(first: str, last: str) -> None:
    assert blinded(f"{first} {last}") == REFERENCE


@given(st.from_regex(r"[B-DF-HJ-NP-TV-Z][aeiou][b-df-hj-np-tv-z][aeiou][bdglnrsz]{1,2}", fullmatch=True), FAMILY)
@settings(max_examples=100, deadline=None)
def test_invented_names_give_the_same_text(first: str, last: str) -> None:
    assert blinded(f"{first} {last}") == REFERENCE


def test_the_reference_still_tells_the_facts() -> None:
    for fact in ("a team of nine at Example Bank in Austin", "sold software to Ford", "Will relocate", "Mark my words",
                 "Ruby, Go and Node.js", "May 2019 to June 2021 (2019-05 - 2021-06)", "1,200,000 USD"):  # fmt: skip
        assert fact in REFERENCE
    assert "Zelda" not in REFERENCE
    assert "quimby" not in REFERENCE.lower()


@pytest.mark.parametrize("form", [str.upper, str.lower, str.title, str.swapcase])
def test_name_is_found_in_any_case(form: object) -> None:
    text = f"{form('jane doe')} sold software."  # type: ignore[operator]
    assert blind(text, name=Name.of("Jane Doe")).text == "[name] sold software."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Doe, Jane; J. Doe; Jane D.", "[name]; [name]; [name]"),
        ("j_doe92, jane.doe@example.org and janedoe", "[name], [email] and [name]"),
        ("JaneDoe-2024 sells", "[name] sells"),
        ("Jane\nDoe", "[name]"),
        ("Ja\u200bne Doe", "[name]"),
        ("Mrs. Doe's quota", "[title] [name]'s quota"),
        ("Janet doesn't; Doering is a town", "Janet doesn't; Doering is a town"),
    ],
)
def test_forms_of_a_name(text: str, expected: str) -> None:
    assert blind(text, name=Name.of("Jane Doe")).text.rstrip(".") == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("王小明", "王小明是工程师。小明负责销售。", "[name]是工程师。[name]负责销售。"),
        ("محمد الهاشمي", "عمل محمد الهاشمي في البنك", "عمل [name] في البنك"),
        ("Ольга Петрова", "Рекомендация для Ольги Петровой", "Рекомендация для [name]"),
        ("José García", "JOSE GARCIA; Jose García", "[name]; [name]"),
    ],
)
def test_names_in_other_scripts_and_spellings(name: str, text: str, expected: str) -> None:
    assert blind(text, name=Name.of(name)).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail me: a.b+c@mail.example.co.uk", "Mail me: [email]"),
        ("+44 20 7946 0958 / (202) 555-0199 / 202.555.0123", "[phone] / [phone] / [phone]"),
        ("See www.example.org/cv?id=3 and http://x.example", "See [link] and [link]"),
        ("Hauptstraße 12, 12 rue de la Paix", "[address], [address]"),
        ("Date of birth: 3 May 1988\nSales: 2019", "[personal]\nSales: 2019"),
        ("Born on 3 May 1988 in Springfield. Sells.", "[birth] in Springfield. Sells."),
        ("She is 34 years old, a Canadian citizen", "[pronoun] is [age], a [nationality]"),
        ("Married with two children. Sells.", "[family]. Sells."),
        ("Marital status: single | Nationality: Swiss | Skills: SQL", "[personal]| [personal]| Skills: SQL"),
        ('{"gender": "female", "birth_date": "1988-05-03", "skill": "SQL"}',
         '{"[personal], "[personal], "skill": "SQL"}'),
        ("Saleswoman of the year; chairman; salesmen", "Salesperson of the year; chairperson; salespeople"),
        ("he/him; women's football; see me.jpg", "[pronoun]; [gender] football; see [image]"),
    ],
)  # fmt: skip
def test_other_marks_go(text: str, expected: str) -> None:
    assert blind(text, name=Name.of("Jane Doe")).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "MS in Physics, MBA; 5 ms latency; managed 20 manuals",
        "Jan 2015 - Dec 2019, 2015-2019, 2015–01 to 2019–12, quota 1,250,000",
        "Node.js, ASP.NET, Booking.com, C# and .NET 8",
        "Grew ARR from 3,000,000 to 12,500,000 in 24 months",
        "Led the German market and national accounts; American Express was a customer",
        "Managed theirs, there, other, hero, mother board? no: motherboard",
        "A 10-year plan for 34 engineers",
    ],
)
def test_facts_stay(text: str) -> None:
    assert blind(text, name=Name.of("Robin Sample")).text == text


def test_quote_of_the_blinded_text_leads_to_the_original() -> None:
    original = filled("Jane Doe")
    edited = blind(original, name=Name.of("Jane Doe"))
    quote = "[name] led a team of nine at Example Bank"
    place = Sources([Source("bio", edited.text)]).check(quote).place
    assert place is not None
    start, end = edited.segments.original(place.start, place.end)
    assert original[start:end] == "Jane led a team of nine at Example Bank"


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_every_kept_character_maps_to_itself(text: str) -> None:
    edited = blind(text, name=Name.of("Jane Doe"))
    for position in range(len(edited.text)):
        start, end = edited.segments.original(position, position + 1)
        assert 0 <= start < end <= len(text)
        if end - start == 1 and text[start] == edited.text[position]:
            continue
        assert "[" in edited.text or "pe" in edited.text


def test_material_of_a_candidate_holds_no_personal_field() -> None:
    who = people.full(
        email="robin.sample@example.com", phone="+1 202-555-0143", location="Springfield", name="Robin Sample",
        linkedin_url="https://www.linkedin.com/in/robinsample", bio="Robin sells to banks.",
    )  # fmt: skip
    texts = " ".join(material.blinded(who).texts.values())
    for mark in ("Robin", "Sample", "robin", "555", "Springfield", "linkedin", "@"):
        assert mark not in texts
    assert "Sold software to banks and insurers" in texts


def test_material_under_another_name_is_the_same_question() -> None:
    def asked(name: str) -> dict[str, str]:
        text = people.RESUME.replace("Robin Sample", name).replace("robin.sample", folded(name))
        return material.blinded(people.full(name=name, source_text=text.replace("robinsample", folded(name)))).texts

    assert asked("Grace Page") == asked("Oluwaseun Adeyemi-Brown") == asked("Robin Sample")


@pytest.mark.parametrize(
    "evil",
    ["a" * 40_000, "a." * 20_000, "1 " * 20_000, "a@" * 20_000, "-" * 40_000, "a-" * 20_000, "(1" * 20_000,
     "12 a " * 8_000, "\n" * 40_000, "5 main " * 5_700, "mother of " * 4_000, '"name": "' * 4_000, "é" * 40_000],
)  # fmt: skip
def test_blinding_takes_time_in_proportion_to_the_text(evil: str) -> None:
    def seconds(text: str) -> float:
        start = time.process_time()
        blind(text, name=Name.of("Jane Doe"))
        return time.process_time() - start

    # Four times the text may take four times the time: 9 leaves room for noise, and 16 (its square) does not fit. What
    # takes less than a second of processor time in all is no way to stop a worker.
    quarter, whole = (min(seconds(text) for _ in range(3)) for text in (evil[: len(evil) // 4], evil))
    assert whole < max(9 * quarter, 1.0)
