"""What is still to come for an import: money for the model, and time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from candidates import judging
from candidates import rubric as rubrics
from candidates.answers import Judgement
from candidates.models import Candidate, Event, Import
from candidates.states import ImportStatus, WorkKind
from llm import client, prompts
from llm.question import Question

# The pace is measured over the last minute: long enough to be steady, short enough to notice a provider that slows.
_WINDOW = timedelta(seconds=60)
_SAMPLE = 50
# Tokens of one answer: per criterion a level and a quote; then the summary, pros, cons and questions.
_ANSWER_PER_CRITERION = 70
_ANSWER_REST = 350
_ANSWER_EXTRACTION = 400
# Tokens of the names under which a candidate's texts are sent, and of the few lines that tell numbers.
_NAMES_OF_SOURCES = 40

# The texts that a judge reads of a candidate: everything but name, contact and links, which are removed before.
_LENGTH = """
    coalesce(length(c.current_role), 0) + coalesce(length(c.current_company), 0) + coalesce(length(c.education), 0)
    + coalesce(length(c.bio), 0) + length(c.source_text)
    + length(array_to_string(c.skills, ' ')) + length(array_to_string(c.industries, ' '))
    + length(array_to_string(c.certifications, ' ')) + length(array_to_string(c.achievements, ' '))
"""


def cost_usd(import_: Import) -> Decimal:
    """What the model will cost for the work of an import that is still open, in US dollars, before any cache.

    Lengths are summed in SQL, so a million candidates need no memory here; the tokens per character come from a sample.
    Nothing is asked of the provider.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT w.kind, count(*), coalesce(sum({_LENGTH}), 0), coalesce(sum(length(c.source_text)), 0),
                   count(*) FILTER (WHERE c.source_text <> '')
            FROM candidates_work w JOIN candidates_candidate c ON c.id = w.candidate_id
            WHERE w.of_import_id = %s AND w.state IN ('ready', 'claimed') GROUP BY w.kind
            """,  # noqa: S608 - the expression is a constant of this module
            [import_.pk],
        )
        found = {kind: numbers for kind, *numbers in cursor.fetchall()}
    per_character = _tokens_per_character(import_)
    total = Decimal(0)
    if (score := found.get(WorkKind.SCORE)) is not None:
        total += _judging_cost(import_, int(score[0]), int(float(score[1]) * per_character))
    if (extract := found.get(WorkKind.EXTRACT)) is not None:
        with_text = int(extract[3])
        total += client.estimate_cost(
            "extract",
            with_text * client.count_tokens(prompts.load("candidates/extract").text)
            + int(float(extract[2]) * per_character),
            with_text * _ANSWER_EXTRACTION,
        )
        total += _judging_cost(import_, int(extract[0]), int(float(extract[1]) * per_character))
    return total.quantize(Decimal("0.000001"))


def _judging_cost(import_: Import, candidates: int, text_tokens: int) -> Decimal:
    """The judge's part: each time the whole question but for the candidate's texts, those texts, and the answers."""
    rubric = rubrics.current(import_.job) if import_.job else None
    criteria = judging.judged_criteria(rubric)
    empty = {"role": import_.job.title if import_.job else "", "criteria": judging.asked(criteria), "sources": {}}
    question = Question(judging.PURPOSE, prompts.load(judging.PROMPT), empty, Judgement)
    fixed = client.count_tokens(question.body(client.models_for(judging.PURPOSE)[0])) + _NAMES_OF_SOURCES
    return client.estimate_cost(
        judging.PURPOSE,
        candidates * fixed + text_tokens,
        candidates * (_ANSWER_REST + _ANSWER_PER_CRITERION * len(criteria)),
    )


def _tokens_per_character(import_: Import) -> float:
    texts = [
        f"{bio or ''} {source_text}"
        for bio, source_text in Candidate.objects.filter(work__of_import=import_).values_list("bio", "source_text")[
            :_SAMPLE
        ]
    ]
    characters = sum(map(len, texts))
    # Where there is no text to sample, the usual four characters of English to a token.
    return sum(map(client.count_tokens, texts)) / characters if characters > _SAMPLE else 0.25


def read_share(import_: Import) -> float:
    """How much of the file was read, 0–1, by the bytes that the reader has behind it."""
    if import_.rows_total is not None:
        return 1.0
    offset = import_.checkpoint.get("offset") or 0
    return min(0.99, offset / import_.size) if import_.size else 0.0


def seconds_left(import_: Import) -> int | None:
    """Seconds until the import's work ends at the pace of the last minute; None where there is nothing to tell from."""
    if import_.status not in (ImportStatus.EXTRACTING, ImportStatus.SCORING):
        return None
    extract_left = max(0, import_.candidates_total - import_.extracted - import_.failed)
    score_left = max(0, import_.candidates_total - import_.scored - import_.failed)
    extract_pace, score_pace = _pace(import_.pk, import_.extracted, import_.scored)
    seconds = 0.0
    if import_.status == ImportStatus.EXTRACTING:
        if import_.rows_total is None:
            read = read_share(import_)
            if not read or import_.started_at is None:
                return None
            seconds += (timezone.now() - import_.started_at).total_seconds() * (1 - read) / read
        if extract_left:
            if not extract_pace:
                return None
            seconds += extract_left / extract_pace
    if import_.score and score_left and client.is_configured():
        # Before the first score is in, the provider's own limit is the best guess there is.
        seconds += score_left / (score_pace or settings.LLM_REQUESTS_PER_MINUTE / 60)
    return round(seconds)


def _pace(import_id: UUID, extracted: int, scored: int) -> tuple[float, float]:
    """Candidates per second, extracted and scored, over the last minute."""
    now = timezone.now()
    first = (
        Event.objects.filter(of_import_id=import_id, created_at__gt=now - _WINDOW)
        .order_by("id")
        .values_list("created_at", "data")
        .first()
    )
    if first is None:
        return 0.0, 0.0
    seconds = (now - first[0]).total_seconds()
    if seconds < 0.2:
        return 0.0, 0.0
    return (
        max(0, extracted - first[1].get("candidates_extracted", 0)) / seconds,
        max(0, scored - first[1].get("candidates_scored", 0)) / seconds,
    )
