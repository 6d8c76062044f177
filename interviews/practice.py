"""A candidate to practise on, speech to speech: the browser talks to the service itself, by a credential of minutes."""

from __future__ import annotations

from candidates.models import Candidate
from interviews import personas
from interviews.schemas import Persona
from llm import prompts, realtime
from llm.question import fenced

PROMPT = "interviews/practice_candidate"

# Who is played where no candidate was chosen. Made up.
SOMEBODY = Persona(
    name="Robin Sample",
    role="Account Executive",
    company="Northgate Parcel",
    years_experience=6.0,
    background="Six years of selling software to mid-sized companies, the last three to banks. Closed forty deals, the "
    "largest worth 120,000 US dollars a year. Missed the quota in one year, after a change of territory. Has mentored "
    "two juniors. Looks for larger accounts and a team that forecasts honestly.",
)


def credential(*, candidate: Candidate | None) -> realtime.Credential:
    """A short-lived credential for a practice candidate: this one as it is stored, or somebody who was made up.

    Raises NotConfigured where no speech-to-speech service is set, naming what to set.
    """
    persona = SOMEBODY if candidate is None else personas.of(candidate, traits=None, seed=None)
    facts = {
        "name": persona.name,
        "role": persona.role,
        "company": persona.company,
        "years_experience": persona.years_experience,
        "background": persona.background,
    }
    return realtime.credential(instructions=f"{prompts.load(PROMPT).text}\n{fenced(facts)}")
