"""How far evaluations of the same transcript lie apart: the same session judged several times, nothing kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from coaching import evaluation
from coaching.evaluation import weights
from coaching.models import Session
from coaching.states import Dimension
from llm.errors import GreenroomError


class Command(BaseCommand):
    help = (
        "Judges one completed session several times and prints the spread (highest − lowest) of each score. Nothing is "
        "kept, and nothing of what was said is printed. Each time costs a model call for every 16,000 characters."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("session", type=UUID, help="the session's id")
        parser.add_argument("--times", type=int, default=3, help="how often (default: %(default)s)")

    def handle(self, *args: Any, session: UUID, times: int, **options: Any) -> None:
        if times < 2:
            raise CommandError("A spread needs two evaluations or more.")
        held = Session.objects.filter(pk=session).first()
        if held is None:
            raise CommandError("There is no such session.")
        try:
            found = [evaluation.judged(held) for _ in range(times)]
        except GreenroomError as error:
            raise CommandError(error.message) from None
        rows = {dimension.value: [float(one.scores[dimension]) for one in found] for dimension in Dimension} | {
            "overall": [float(weights.overall(one.scores)) for one in found]
        }
        width = max(map(len, rows)) + 2
        head = "".join(f"{f'#{number}':>8}" for number in range(1, times + 1))
        self.stdout.write(f"{'score':{width}}{head}{'spread':>9}")
        for name, scores in rows.items():
            told = "".join(f"{score:8.1f}" for score in scores)
            self.stdout.write(f"{name:{width}}{told}{max(scores) - min(scores):9.1f}")
        same = sum(len({one.criteria[place].level for one in found}) == 1 for place in range(len(weights.CRITERIA)))
        self.stdout.write(f"The same level each time: {same} of {len(weights.CRITERIA)} criteria.")
