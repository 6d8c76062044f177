"""Two candidates side by side: code decides, position does not."""

from __future__ import annotations

import pytest

from candidates import comparing, material
from candidates.answers import Comparison as Answer
from candidates.answers import Preference
from candidates.comparing import Comparison, SamePerson, _tally
from candidates.models import Candidate, Job
from tests.candidates import people
from tests.candidates.test_explanation import scored
from tests.simulator import Simulator

pytestmark = pytest.mark.django_db(transaction=True)

BAKER = "Bakes bread in the morning and sells it at the market in the afternoon."


def two(job: Job | None) -> tuple[Candidate, Candidate]:
    return scored(job), scored(job, name="Alex Example", source_text=BAKER, current_role="Baker")


def compared(a: Candidate, b: Candidate) -> Comparison:
    return Comparison.model_validate(comparing.compare(a, b))


def test_stronger_evidence_wins_in_either_position(simulator: Simulator) -> None:
    seller, baker = two(people.saved_job())
    one, other = compared(seller, baker), compared(baker, seller)
    assert (one.winner, other.winner) == ("A", "B")
    assert one.confidence == other.confidence > 0.5
    assert one.made_by == "model"
    assert len(one.receipts) == 2
    assert one.candidate_a.candidate_id == str(seller.pk)
    assert one.candidate_a.strengths
    assert one.candidate_b.weaknesses
    assert one.key_differentiator
    assert "candidate A" in one.recommendation
    assert "first candidate" not in str(one.model_dump())


def test_quotes_of_a_comparison_stand_in_the_original(simulator: Simulator) -> None:
    seller, baker = two(people.saved_job())
    quotes = [item.quote_a for item in compared(seller, baker).criteria if item.quote_a]
    assert quotes
    texts = [text for _, text in material.originals(seller)]
    assert all(any(quote in text for text in texts) for quote in quotes)


def test_invented_quotes_make_nobody_win(simulator: Simulator) -> None:
    a, b = two(people.saved_job())
    Candidate.objects.filter(pk=a.pk).update(source_text=BAKER + " ", current_role="Baker")
    a.refresh_from_db()
    simulator.control(rate_invented_quote=1.0)
    assert compared(a, b).winner == "TIE"


def test_without_a_model_the_stored_scores_are_compared_and_it_says_so() -> None:
    seller, baker = two(people.saved_job())
    found = compared(seller, baker)
    assert found.winner == "A"
    assert found.made_by == "computed"
    assert "No model is configured" in found.note
    assert compared(baker, seller).winner == "B"


def test_equal_candidates_tie_without_a_model() -> None:
    job = people.saved_job()
    a, b = scored(job), scored(job, name="Alex Example")
    assert compared(a, b).winner == "TIE"


def test_candidates_of_different_jobs_are_held_against_general_criteria() -> None:
    a, b = scored(people.saved_job()), scored(None)
    found = compared(a, b)
    assert "pottery" not in [item.key for item in found.criteria]


def test_failing_model_falls_back(simulator: Simulator, settings: object) -> None:
    a, b = two(people.saved_job())
    settings.LLM_MAX_ATTEMPTS = 1  # type: ignore[attr-defined]
    simulator.control(rate_5xx=1.0)
    assert compared(a, b).made_by == "computed"


def test_the_same_candidate_twice_is_refused() -> None:
    who = scored(None)
    with pytest.raises(SamePerson):
        comparing.compare(who, who)


def preferring(better: str, first: str | None, second: str | None) -> Answer:
    item = Preference(key="quota", better=better, first_quote=first, second_quote=second, reason="Because.")  # type: ignore[arg-type]
    return Answer(
        preferences=[item], first_strengths=[], first_weaknesses=[], second_strengths=[], second_weaknesses=[],
        key_differentiator="",
    )  # fmt: skip


def test_a_preference_for_a_position_cancels_out() -> None:
    quote = "Reached 128% of quota in 2022"
    side = material.blinded(people.full())
    answers = [(("A", "B"), preferring("first", quote, quote)), (("B", "A"), preferring("first", quote, quote))]
    found = _tally(people.CRITERIA[0], answers, {"A": side, "B": side})  # type: ignore[arg-type]
    assert (found.lead, found.better, found.steady) == (0, "TIE", False)


def test_a_preference_without_a_true_quote_of_that_side_counts_as_same() -> None:
    quote = "Reached 128% of quota in 2022"
    sides = {"A": material.blinded(people.candidate(bio=BAKER)), "B": material.blinded(people.full())}
    answers = [(("A", "B"), preferring("first", quote, quote)), (("B", "A"), preferring("second", quote, quote))]
    assert _tally(people.CRITERIA[0], answers, sides).lead == 0  # type: ignore[arg-type]
