"""`manage.py agent_worker`: the AI people who talk by voice."""

from __future__ import annotations

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents import worker
from interviews import rooms

CORES = os.cpu_count() or 2


class Command(BaseCommand):
    help = """Hold interviews by voice, and talks of intake and of practice: the AI interviewer, the AI candidate, the
intake agent and the coach join rooms at LiveKit when asked for.

It needs a LiveKit server (LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET) and a speech service (SPEECH_BASE_URL,
SPEECH_API_KEY); see .env.example. `make run` starts both, and this, on one machine. Interviews in text need none of it.

Run as many of these as you like, on one machine or on many: LiveKit gives each room to one of them. Each room is held
by a process of its own; one that dies is replaced, and the interview goes on from what was stored. SIGTERM and Ctrl-C
hand rooms over: another worker goes on with them within seconds.

A line says when it is ready, about ten seconds after the start."""

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> Any:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rooms",
            type=int,
            default=max(4, 4 * CORES),
            metavar="N",
            help="hold at most so many rooms at a time (default here: %(default)s, four to a core)",
        )
        parser.add_argument(
            "--warm",
            type=int,
            default=2,
            metavar="N",
            help="processes of each kind kept ready, some 30 MB each; a room that finds none waits about a second "
            "longer (default: %(default)s)",
        )
        parser.add_argument(
            "--drain",
            type=float,
            default=0.0,
            metavar="SECONDS",
            help="when told to stop, take no new rooms and wait so long for those that are held to end by themselves, "
            "before handing them over (default: hand over at once)",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if missing := rooms.voice_missing():
            raise CommandError(
                f"Voice is not configured: {', '.join(missing)}. Interviews are held in text until it is; "
                "see “Rooms and voice” in .env.example."
            )
        if options["rooms"] < 1 or options["warm"] < 0 or options["drain"] < 0:
            raise CommandError("--rooms must be 1 or more, --warm and --drain not negative.")
        worker.run(most_rooms=options["rooms"], warm=options["warm"], drain_seconds=options["drain"])
