"""A recruiter asks about one candidate: that candidate's profile, documents and interviews, and nothing else.

The same conversation as a visitor's (candidates.consumers), with another door and other grounds. Who asks is looked up
anew with every question and every ping of the page: who has signed out, or is no recruiter any more, hears nothing more
and is closed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Max, Q
from django.http import HttpRequest

from accounts.errors import NotSignedIn
from accounts.models import User
from candidates import live, material, presenting, rows
from candidates.connecting import request_of, with_person
from candidates.consumers import ResumeConsumer
from candidates.grounding import Grounds, Passage
from candidates.models import Candidate, Document
from candidates.resume.parts import pieces
from candidates.resume_chat import Asking
from interviews import protected
from interviews.models import Turn
from interviews.states import Speaker
from llm.errors import GreenroomError

_NOT_FOR_HIRING = (
    "This touches {topic}, which must play no part in hiring, so it is not answered here. Ask about what the job needs."
)
_LONGEST_QUESTION_SHOWN = 110


class NoSuchCandidate(GreenroomError):
    """There is none, or none any more."""

    code = "candidate_not_found"
    status = 404


class CandidateConsumer(ResumeConsumer):
    """A recruiter's socket, about one candidate."""

    asking: ClassVar[Asking] = Asking("interviews/candidate_chat", "candidate_chat")
    candidate_id: UUID
    _name = ""
    _grounds: Grounds | None = None
    _as_of: tuple[Any, ...] = ()

    async def enter(self) -> str:
        self.candidate_id = self.chat.candidate_id = self.scope["url_route"]["kwargs"]["candidate_id"]
        try:
            self.chat.user_id = await rows.ask(self._person)
            await self.grounds()
        except GreenroomError as error:
            return error.message
        return ""

    async def admit(self) -> None:
        await rows.ask(self._check)

    async def grounds(self) -> Grounds:
        return await rows.ask(self._read_grounds)

    def limits(self) -> dict[str, int]:
        a_minute = int(settings.RESUME_CHAT_QUESTIONS_PER_MINUTE)
        return {f"session:{self.chat.id}": a_minute, f"recruiter:{self.chat.user_id}": a_minute}

    def refusal(self, question: str) -> str:
        topic = protected.topic_about(question, self._name)
        return _NOT_FOR_HIRING.format(topic=topic) if topic else ""

    def _person(self) -> UUID:
        """The recruiter at the other end. Raises NotSignedIn or NotARecruiter."""
        request: HttpRequest = with_person(request_of(self.scope))
        user: User = live.admit(request)
        return user.pk

    def _check(self) -> None:
        """Raises NotSignedIn or NotARecruiter where the one who opened this is not one (any longer)."""
        if self._person() != self.chat.user_id:
            raise NotSignedIn("Somebody else has signed in. Load the page again.")

    def _read_grounds(self) -> Grounds:
        self._check()
        candidate = Candidate.objects.live().filter(pk=self.candidate_id).first()
        if candidate is None:
            raise NoSuchCandidate("There is no such candidate (any more).")
        self._name = candidate.name or ""
        documents = list(Document.objects.filter(candidate=candidate).order_by("created_at"))
        said = _turns(candidate.pk).aggregate(newest=Max("pk"), count=Count("pk"))
        as_of = (candidate.updated_at, [(one.pk, one.state) for one in documents], said["newest"], said["count"])
        if self._grounds is None or self._as_of != as_of:
            self._grounds, self._as_of = grounds_of(candidate, documents), as_of
        return self._grounds


def grounds_of(candidate: Candidate, documents: Sequence[Document]) -> Grounds:
    """All that is on file of a candidate, cut into passages. Words that were meant for a model are left out.

    Name, contact, links and place are not among it: they stand on the page, and a model does not need them.
    """
    passages: list[Passage] = []

    def add(texts: Iterable[str], *, where: str, path: str, source: str, is_head: bool = False) -> None:
        for text in texts:
            passages.append(Passage(f"p{len(passages) + 1}", text, where, path, is_head, source))

    names = _names_of(documents)
    for name, text in material.originals(candidate, documents):
        is_profile = not name.startswith("document:") and name != "source_text"
        if name.startswith("document:"):
            where, source = "Document", names[name.removeprefix("document:")]
        elif name == "source_text":
            where, source = "Text of the import", "Import"
        else:
            where, source = "Profile" if name == "profile" else presenting.field_label(name), "Profile"
        add(pieces(_harmless(text)), where=where, path=name, source=source, is_head=is_profile and len(text) < 1_000)
    question = ""
    for turn in _turns(candidate.pk, with_questions=True).order_by("room__created_at", "room_id", "number"):
        if turn.speaker == Speaker.INTERVIEWER:
            question = _harmless(turn.text)
            continue
        where = f"Answer to “{_shortened(question)}”" if question.strip() else "Said without being asked"
        source = f"Interview of {turn.started_at:%-d %b %Y}"
        held_in = f"interview:{turn.interview_id} " if turn.interview_id else ""
        add(pieces(_harmless(turn.text)), where=where, path=f"{held_in}turn {turn.number}", source=source)
    name = candidate.name or ""
    return Grounds(name if name and not material.withheld(name) else "this candidate", tuple(passages))


def _turns(candidate_id: UUID, *, with_questions: bool = False) -> Any:
    """What the candidate said in interviews. Not what an AI said in their place, nor anything of a training."""
    of_candidate = Q(speaker=Speaker.CANDIDATE, by_agent=False)
    # Rooms of people alone have no interview. Those of an intake have none either, but an agent: what is said there
    # counts once the candidate has handed it in, as the profile.
    interviews = Q(room__interview__candidate_id=candidate_id, room__interview__is_training=False)
    meetings = Q(room__candidate_id=candidate_id, room__interview=None, room__agent_name="")
    return (
        Turn.objects.filter(interviews | meetings)
        .filter(of_candidate | Q(speaker=Speaker.INTERVIEWER) if with_questions else of_candidate)
        .annotate(interview_id=F("room__interview"))
        .only("id", "room_id", "number", "speaker", "text", "started_at")
    )


def _names_of(documents: Sequence[Document]) -> dict[str, str]:
    """What each document is called, by its id; two of one name are numbered. Its owner chose the name, too."""
    seen: Counter[str] = Counter()
    names = {}
    for document in documents:
        name = "Document" if material.withheld(document.filename) else document.filename
        seen[name] += 1
        names[str(document.pk)] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names


def _harmless(text: str) -> str:
    """A text without the passages that speak to a model instead of a reader."""
    text = material.shortened_to(text)
    for start, end in reversed(material.withheld(text)):
        text = f"{text[:start]}\n{text[end:]}"
    return text


def _shortened(question: str) -> str:
    line = " ".join(question.split())
    if len(line) <= _LONGEST_QUESTION_SHOWN:
        return line
    return line[: line.rfind(" ", 0, _LONGEST_QUESTION_SHOWN)].rstrip(",;:") + "…"
