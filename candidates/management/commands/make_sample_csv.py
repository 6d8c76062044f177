"""Write a CSV of made-up people, to try an import with or to measure one."""

from __future__ import annotations

import csv
import random
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

HEADERS = (
    *("First Name", "Last Name", "Email", "Phone", "LinkedIn URL", "Title", "Company", "City", "State", "Country"),
    *("Years of Experience", "Skills", "Industry", "Education", "Summary", "Stage"),
)
FIRST = (
    *("Amara", "Bodil", "Cosmo", "Delphine", "Elio", "Fenna", "Goran", "Hanneke", "Isolde", "Jorun"),
    *("Kasimir", "Liora", "Mireille", "Nandor", "Odalys", "Petra", "Quill", "Rosalba", "Sorin", "Tamsin"),
    *("Ulla", "Vesna", "Wystan", "Xanthe", "Yaro", "Zelda", "Ásta", "Björk", "Çağla", "Dörte", "Émile"),
    *("Łucja"),
)
LAST = (
    *("Abelsen", "Brackwater", "Corvino", "Dunmore", "Eastling", "Farrowby", "Gildersleeve", "Hollowell"),
    *("Ironmonger", "Juniperus", "Kestrel", "Larkspur", "Merriweather", "Nightingale", "Oakhollow"),
    *("Pemberly", "Quarrington", "Ravensdale", "Stillwater", "Thistlewood", "Underhill", "Vandermeer"),
    *("Whitlock", "Yarborough", "Zimmerling", "Ångström", "Öztürkoğlu", "Peña"),
)
TITLES = (
    *(
        "Account Executive",
        "Senior Account Executive",
        "Enterprise Account Executive",
        "Sales Development Representative",
    ),
    *("VP Sales", "Head of Sales", "Founder", "Software Engineer", "Senior Backend Engineer", "Data Analyst"),
    *("Product Manager", "Customer Success Manager", "Solutions Engineer", "Marketing Manager", "Recruiter"),
)
COMPANIES = [
    f"{one} {two}"
    for one in ("Bluefen", "Copperline", "Driftwood", "Emberfield", "Foxglove", "Granite Bay", "Harborlight", "Inkwell")
    for two in ("Analytics", "Bank", "Cloud", "Health", "Labs", "Logistics", "Software", "Systems")
]
PLACES = (
    *(("New York", "NY", "USA"), ("Austin", "TX", "USA"), ("San Francisco", "CA", "USA"), ("Chicago", "IL", "USA")),
    *(("London", "", "United Kingdom"), ("Berlin", "", "Germany"), ("Zürich", "", "Switzerland")),
)
SKILLS = (
    *("Salesforce", "Negotiation", "Cold calling", "MEDDIC", "Python", "SQL", "Django", "PostgreSQL", "Tableau"),
    *("HubSpot", "Forecasting", "Public speaking", "Excel", "Kubernetes", "Customer research", "Copywriting"),
)
INDUSTRIES = ("Software", "Financial services", "Healthcare", "Logistics", "Education", "Retail")
DEGREES = ("BA Economics", "BSc Computer Science", "MBA", "MSc Statistics", "High school diploma", "PhD Physics")
SCHOOLS = ("University of Northmoor", "Lakeside College", "Eastgate Institute", "Harrow Hill University")
DEEDS = (
    "Closed a $240k contract with a regional bank.",
    "Founded a three-person startup and sold it in 2021.",
    "Reached 118% of quota two years in a row.",
    "Moved a team of nine to consultative selling.",
    "Built reporting that 40 colleagues open each morning.",
    "Sold to CFOs and controllers at mid-size companies.",
)
STAGES = ("New", "Screen", "Interview", "Offer", "Rejected")
# Area codes that exist; 555-0100 to 555-0199 is kept for fiction in each of them.
AREAS = (202, 212, 213, 214, 303, 305, 312, 313, 404, 415, 503, 512, 602, 617, 619, 702, 713, 718, 801, 917)
BROKEN = ("no e-mail", "someone(at)example.com", "@example.com", "user@", "two@@example.com")


def person(number: int, chance: random.Random) -> list[str]:
    """The cells of one made-up person; `number` makes e-mail, profile and phone unique."""
    first, last = chance.choice(FIRST), chance.choice(LAST)
    plain = f"{first}.{last}".encode("ascii", "ignore").decode().lower().strip(".")
    city, state, country = chance.choice(PLACES)
    area, line, extension = AREAS[number % 20], number // 20 % 100, number // 2000
    phone = f"+1 {area}-555-01{line:02d}" + (f" ext. {extension}" if extension else "")
    years = min(35, int(chance.expovariate(1 / 7)))
    title, company = chance.choice(TITLES), chance.choice(COMPANIES)
    return [
        first,
        last,
        f"{plain}.{number}@example.{('com', 'org', 'net')[number % 3]}",
        phone if number % 4 else "",
        f"https://www.linkedin.com/in/{plain.replace('.', '-')}-{number}" if number % 3 else "",
        title,
        company,
        city,
        state,
        country,
        (str(years), f"{years} years", f"{years}+")[number % 3] if number % 10 else "",
        "; ".join(chance.sample(SKILLS, chance.randint(2, 6))),
        chance.choice(INDUSTRIES),
        f"{chance.choice(DEGREES)}, {chance.choice(SCHOOLS)}",
        f"{title} with {years} years at {company} and before. " + " ".join(chance.sample(DEEDS, chance.randint(1, 3))),
        chance.choice(STAGES),
    ]


def rows(count: int, *, bad_share: float, duplicate_share: float, seed: int) -> Iterator[list[str]]:
    """`count` rows, always the same for a seed. A bad row has an e-mail that is none; a duplicate brings an earlier
    person again with a newer title."""
    chance = random.Random(seed)  # noqa: S311 - made-up people, not secrets
    for number in range(count):
        draw = chance.random()
        if draw < duplicate_share and number > 10:
            # The same person by the same number; what was drawn besides differs, as it does in a newer export.
            known = chance.randrange(max(0, number - 200_000), number)
            cells = person(known, random.Random(f"{seed}/{known}"))  # noqa: S311
            cells[5], cells[10] = chance.choice(TITLES), str(chance.randint(1, 30))
        else:
            cells = person(number, random.Random(f"{seed}/{number}"))  # noqa: S311
            if draw > 1 - bad_share:
                cells[2] = chance.choice(BROKEN)
        yield cells


class Command(BaseCommand):
    help = (
        "Write a CSV file of made-up people (16 columns, e-mail at example.com, fictional phone numbers), to try an "
        "import with. The same options always give the same file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="where to write; - (the default) is standard output")
        parser.add_argument("--rows", type=int, default=10_000, help="how many rows (default: 10,000)")
        parser.add_argument("--bad-share", type=float, default=0.01, help="share of rows that fail (default: 0.01)")
        parser.add_argument(
            "--duplicate-share", type=float, default=0.05, help="share of rows that name a person again (default: 0.05)"
        )
        parser.add_argument("--seed", type=int, default=1, help="another number gives other people (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rows"] < 0 or not 0 <= options["bad_share"] + options["duplicate_share"] <= 1:
            raise CommandError("--rows must not be negative; the two shares must lie between 0 and 1 together.")
        made = rows(
            options["rows"],
            bad_share=options["bad_share"],
            duplicate_share=options["duplicate_share"],
            seed=options["seed"],
        )
        if options["file"] == "-":
            self._write(sys.stdout, made)
            return
        with Path(options["file"]).open("w", newline="", encoding="utf-8") as file:
            self._write(file, made)
        self.stderr.write(f"{options['rows']:,} rows written to {options['file']}.")

    def _write(self, file: Any, made: Iterator[list[str]]) -> None:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        writer.writerows(made)
