"""Interviews: a room with a plan or a persona, the hints given in it, its analysis, and what a person decided."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from candidates.models import Candidate, Job
from candidates.models.columns import UUID7, in_choices
from interviews.models.rooms import Room, Turn
from interviews.states import AgentType, EndReason, InterviewState, Recommendation, Role, Verdict


class StagePlan(models.Model):
    """How one round of interviews goes: data, not code. A plan of a job stands before the general one of its key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.SlugField(max_length=40, help_text="E.g. screening; an interview names its round by it.")
    name = models.CharField(max_length=120)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.CASCADE, related_name="stage_plans")
    position = models.PositiveSmallIntegerField(default=0, help_text="Rounds of one job come in this order.")
    minutes = models.PositiveSmallIntegerField(default=30)
    stages = models.JSONField(default=list, help_text="A list of schemas.PlanStage.")
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="stage_plan_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class Interview(models.Model):
    """One interview of one candidate: the human takes `role`, an agent the other part."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="interview")
    candidate = models.ForeignKey(Candidate, on_delete=models.CASCADE, related_name="interviews")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="interviews")
    stage = models.SlugField(max_length=40, default="screening", help_text="The key of its stage plan.")
    role = models.CharField(max_length=11, choices=Role.choices)
    agent_type = models.CharField(max_length=17, choices=AgentType.choices)
    status = models.CharField(max_length=9, choices=InterviewState.choices, default=InterviewState.SCHEDULED)
    is_training = models.BooleanField(
        default=False, help_text="To train an interviewer: the AI candidate has hidden traits."
    )
    # As they were when the interview began, so that a later change of data does not change a running conversation.
    plan = models.JSONField(default=dict, help_text="schemas.Plan: stages and questions, what to avoid and to explore.")
    persona = models.JSONField(default=dict, help_text="schemas.Persona of the AI candidate, hidden traits included.")
    # Where the conversation stands (schemas.Progress); written in the same transaction as the turn that moved it.
    progress = models.JSONField(default=dict)
    end_reason = models.CharField(max_length=12, choices=EndReason.choices, blank=True)
    flags = models.JSONField(default=list, help_text="What a person should look at: [{code, turn, quote}].")
    # Follows from status, role, analysis and decisions; lifecycle.refresh_awaiting alone writes it.
    awaits_decision = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A person was interviewed, the analysis is there, and nobody has said yet what comes of it.",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="interviews"
    )
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # The list, newest first, and its filters by status, job, candidate and round.
            models.Index(fields=["-created_at", "-id"], name="interview_newest"),
            models.Index(fields=["status", "-created_at", "-id"], name="interview_status_newest"),
            models.Index(fields=["job", "-created_at", "-id"], name="interview_job_newest"),
            models.Index(fields=["candidate", "-created_at", "-id"], name="interview_candidate_newest"),
            # The console's tabs of the few that were flagged, and of training.
            models.Index(fields=["-created_at", "-id"], name="interview_flagged", condition=~models.Q(flags=[])),
            models.Index(
                fields=["-created_at", "-id"], name="interview_training", condition=models.Q(is_training=True)
            ),
            models.Index(fields=["stage", "-created_at", "-id"], name="interview_stage_newest"),
            # The list of analyses to confirm, its count, and what needs somebody now.
            models.Index(
                fields=["-created_at", "-id"],
                name="interview_awaits_decision",
                condition=models.Q(awaits_decision=True),
            ),
        ]
        constraints = [
            in_choices("role", Role, name="interview_role_known"),
            in_choices("agent_type", AgentType, name="interview_agent_known"),
            in_choices("status", InterviewState, name="interview_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} · {self.get_status_display()}"


class InterviewConsent(models.Model):
    """What a candidate who came by a link agreed to, in the words that were shown, and when. Never changed."""

    id = models.BigAutoField(primary_key=True)
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="consents")
    version = models.CharField(max_length=20)
    statements = models.JSONField(help_text="The texts as the page showed them.")
    given_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interview", "version"], name="interview_consent_once")]

    def __str__(self) -> str:
        return f"consent {self.version}"


class Hint(models.Model):
    """What the copilot told the human interviewer about one finished answer. The candidate never sees it."""

    id = models.BigAutoField(primary_key=True)
    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="hint")
    verdict = models.CharField(max_length=13, choices=Verdict.choices)
    issue = models.CharField(max_length=40, blank=True, help_text="Type of the issue, e.g. vague or no_result.")
    suggestion = models.TextField()
    quote = models.TextField(blank=True, help_text="Words of the answer; empty where none stood up to the check.")
    receipt = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [in_choices("verdict", Verdict, name="hint_verdict_known")]

    def __str__(self) -> str:
        return f"turn {self.turn_id}: {self.verdict}"


class Analysis(models.Model):
    """What an analysis of a room's transcript found. Never changed; the newest one counts."""

    id = models.BigAutoField(primary_key=True)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="analyses")
    result = models.JSONField(help_text="schemas.AnalysisResult; every total in it was computed by code.")
    metrics = models.JSONField(help_text="schemas.SpeechMetrics, measured from the transcript.")
    turns = models.PositiveIntegerField(help_text="How many turns the transcript had.")
    receipts = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"analysis {self.id}"


class Decision(models.Model):
    """A person's word on an interview: the recommendation confirmed, or overridden with a reason. Never changed."""

    id = models.BigAutoField(primary_key=True)
    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="decisions")
    recommendation = models.CharField(max_length=15, choices=Recommendation.choices)
    proposed = models.CharField(max_length=15, choices=Recommendation.choices, blank=True, help_text="By the analysis.")
    reason = models.TextField(blank=True, help_text="Required where it differs from what was proposed.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        ordering = ["-id"]
        constraints = [in_choices("recommendation", Recommendation, name="decision_known")]

    def __str__(self) -> str:
        return self.recommendation


class Prebrief(models.Model):
    """A pre-brief, kept by the digest of what it was made from: the same texts are not paid twice."""

    digest = models.CharField(max_length=64, primary_key=True)
    candidate = models.ForeignKey(Candidate, null=True, on_delete=models.CASCADE, related_name="prebriefs")
    room = models.ForeignKey(Room, null=True, on_delete=models.CASCADE, related_name="prebriefs")
    result = models.JSONField(help_text="schemas.PrebriefResult")
    receipts = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest[:12]
