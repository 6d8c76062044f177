"""Numbers as they are said and written, in three languages."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.answers import numbers
from intake.answers.numbers import Figures
from intake.answers.tongues import tongue
from tests.intake.saying import english, gap, german, spanish

TODAY = date(2026, 11, 21)
YEAR = gap("graduation_year", type="number")
PLAIN = gap("team_size", type="number")


def read(said: str, field: str = "max_acv", language: str = "en") -> Figures:
    asked = {"year": YEAR, "plain": PLAIN}.get(field) or gap(field)
    return numbers.read(said, asked, tongue=tongue(language), today=TODAY)


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("en", "a hundred and twenty k", 120_000),
        ("en", "a hundred twenty thousand dollars", 120_000),
        ("en", "120k", 120_000),
        ("en", "120 grand", 120_000),
        ("en", "1.2m", 1_200_000),
        ("en", "$1.2M", 1_200_000),
        ("en", "$1,200,000.00", 1_200_000),
        ("en", "1 200 000", 1_200_000),
        ("en", "one point two million", 1_200_000),
        ("en", "one million two hundred thousand", 1_200_000),
        ("en", "1 million 200 thousand", 1_200_000),
        ("en", "half a million", 500_000),
        ("en", "half a mil", 500_000),
        ("en", "a quarter of a million", 250_000),
        ("en", "two and a half million", 2_500_000),
        ("en", "a million and a half", 1_500_000),
        ("en", "twelve hundred", 1_200),
        ("en", "a hundred-and-twenty-k", 120_000),
        ("en", "one and a quarter million", 1_250_000),
        ("en", "three quarters of a million", 750_000),
        ("en", "One hundred twenty thousand dollars.", 120_000),
        ("en", "45.000,50", 45_000.5),
        ("en", "it was about 250,000, I guess", 250_000),
        ("de", "hundertzwanzigtausend", 120_000),
        ("de", "120 Tsd. Dollar", 120_000),
        ("de", "1.200.000", 1_200_000),
        ("de", "1,2 Mio.", 1_200_000),
        ("de", "eins Komma zwei Millionen", 1_200_000),
        ("de", "eine halbe Million", 500_000),
        ("de", "anderthalb Millionen", 1_500_000),
        ("de", "zweieinhalb Millionen", 2_500_000),
        ("de", "eine Million zweihunderttausend", 1_200_000),
        ("es", "ciento veinte mil", 120_000),
        ("es", "120 mil dólares", 120_000),
        ("es", "1.200.000", 1_200_000),
        ("es", "uno coma dos millones", 1_200_000),
        ("es", "medio millón", 500_000),
        ("es", "un millón y medio", 1_500_000),
        ("es", "un millón doscientos mil", 1_200_000),
    ],
)
def test_amount_is_read_and_certain(language: str, said: str, value: float) -> None:
    assert read(said, language=language) == Figures((value,), certain=True)


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("en", "eight", 8),
        ("en", "8 years", 8),
        ("en", "seven and a half years", 7.5),
        ("en", "a year and a half", 1.5),
        ("en", "half a year", 0.5),
        ("en", "18 months", 1.5),
        ("en", "two years and three months", 2.25),
        ("en", "2 years, 3 months", 2.25),
        ("en", "two decades", 20),
        ("en", "forty-five", 45),
        ("en", "8½", 8.5),
        ("en", "8 1/2 years", 8.5),
        ("en", "10yrs", 10),
        ("en", "2y 3m", 2.25),
        ("en", "twenty-odd years", 20),
        ("en", "1.200", 1.2),  # as thousands nobody can have worked so long
        ("de", "siebeneinhalb Jahre", 7.5),
        ("de", "sieben Komma fünf", 7.5),
        ("de", "anderthalb", 1.5),
        ("de", "ein halbes Jahr", 0.5),
        ("de", "zwei Jahre und drei Monate", 2.25),
        ("es", "siete años y medio", 7.5),
        ("es", "siete y medio", 7.5),
        ("es", "dos años y tres meses", 2.25),
        ("es", "una década", 10),
        ("es", "unos diez años", 10),
    ],
)
def test_span_of_time_is_read_in_years(language: str, said: str, value: float) -> None:
    assert read(said, "years_experience", language) == Figures((value,), certain=True)


@pytest.mark.parametrize(
    ("language", "field", "said", "values"),
    [
        ("en", "year", "two thousand seventeen or eighteen", (2017, 2018)),
        ("en", "year", "2017 or 18", (2017, 2018)),
        ("en", "max_acv", "100 to 120k", (100_000, 120_000)),
        ("en", "max_acv", "between eighty and ninety thousand", (80_000, 90_000)),
        ("en", "max_acv", "one twenty k", (120_000,)),
        ("en", "max_acv", "1.200", (1_200, 1.2)),
        ("en", "max_acv", "more than 100k", (100_000,)),
        ("en", "max_acv", "100k+", (100_000,)),
        ("en", "max_acv", "a deal of 120k in 2019", (120_000,)),
        ("en", "max_acv", "I closed three deals, the largest was 80k", (80_000,)),
        ("en", "quota_attainment", "100 percent in 2022 and 120 in 2023", (100,)),
        ("en", "quota_attainment", "1.2x", (120,)),
        ("de", "quota_attainment", "das 1,1-fache", (110,)),
        ("en", "years_experience", "from 2010 to 2020", (10,)),
        ("en", "years_experience", "I started in 2010", (16,)),
        ("en", "years_experience", "less than a year", (1,)),
        ("en", "years_experience", "5-7 years", (5, 7)),
        ("en", "years_experience", "five or six", (5, 6)),
        ("en", "years_experience", "since 2015", (11,)),
        ("en", "years_experience", "since '15", (11,)),
        ("en", "years_experience", "8 years, 3 of them in sales", (8,)),
        ("en", "years_experience", "none", (0,)),
        ("de", "years_experience", "fünf bis sechs Jahre", (5, 6)),
        ("de", "years_experience", "seit 2015", (11,)),
        ("de", "years_experience", "mehr als zehn", (10,)),
        ("es", "years_experience", "cinco o seis años", (5, 6)),
        ("es", "years_experience", "más de diez años", (10,)),
        ("es", "years_experience", "desde 2015", (11,)),
    ],
)
def test_what_may_mean_several_things_is_not_certain(
    language: str, field: str, said: str, values: tuple[float, ...]
) -> None:
    assert read(said, field, language) == Figures(values, certain=False)


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("en", "twenty seventeen", 2017),
        ("en", "nineteen ninety-nine", 1999),
        ("en", "two thousand and seventeen", 2017),
        ("de", "zweitausendsiebzehn", 2017),
        ("de", "neunzehnhundertneunundneunzig", 1999),
        ("es", "dos mil diecisiete", 2017),
    ],
)
def test_year_said_in_pairs_is_read(language: str, said: str, value: float) -> None:
    assert read(said, "year", language) == Figures((value,), certain=True)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "a hundred and ten percent"),
        ("en", "110%"),
        ("de", "hundertzehn Prozent"),
        ("es", "ciento diez por ciento"),
    ],
)
def test_percentage_is_read(language: str, said: str) -> None:
    assert read(said, "quota_attainment", language) == Figures((110,), certain=True)


@pytest.mark.parametrize("said", ["a hundred and twenty k euros", "€120,000", "90 thousand pounds"])
def test_money_in_another_currency_is_told(said: str) -> None:
    assert read(said).other_currency


@pytest.mark.parametrize(
    "said",
    [
        "banana",
        "",
        "1.2x",
        "several",
        "the k and the m",
        "a few",
        "a few hundred thousand",
        "six figures",
        "several million",
    ],
)
def test_text_without_number_gives_none(said: str) -> None:
    assert read(said).values == ()


def test_negative_number_keeps_its_sign() -> None:
    assert read("minus five", "years_experience").values == (-5,)
    assert read("-5", "years_experience").values == (-5,)


@given(st.integers(0, 999_999_999))
@settings(max_examples=150, deadline=None)
def test_spoken_english_number_comes_back(number: int) -> None:
    assert read(english(number), "plain").values == (number,)


@given(st.integers(0, 999_999_999))
@settings(max_examples=150, deadline=None)
def test_spoken_german_number_comes_back(number: int) -> None:
    assert read(german(number), "plain", "de").values == (number,)


@given(st.integers(0, 999_999))
@settings(max_examples=150, deadline=None)
def test_spoken_spanish_number_comes_back(number: int) -> None:
    assert read(spanish(number), "plain", "es").values == (number,)


@given(st.integers(0, 10**11), st.sampled_from(["en", "de", "es"]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_written_number_comes_back(number: int, language: str, grouped: bool) -> None:
    mark = "," if language == "en" else "."
    written = f"{number:,}".replace(",", mark) if grouped else str(number)
    assert read(written, "plain", language).values == (number,)


@given(st.text(max_size=300), st.sampled_from(["en", "de", "es"]))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_reader(said: str, language: str) -> None:
    read(said, "years_experience", language)
