"""An interview's own pages, in a real browser: what came of it, the decision, debrief, pre-brief and briefing."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from candidates.models import Candidate, Job
from interviews import decisions, room_events
from interviews.models import BriefingMessage, Decision, Interview, Room, Turn
from interviews.states import AnalysisState, InterviewState, Medium, Recommendation, Role, Speaker
from tests.console.conftest import Console
from tests.console.people import make_candidate, make_job
from tests.interviews.making import SAID, debrief, make_hint, make_interview, make_prebrief

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LIST = "/admin/interviews/interview/"


@pytest.fixture
def job() -> Job:
    return make_job()[0]


@pytest.fixture
def amara(job: Job) -> Candidate:
    return make_candidate("Amara Voss", job=job)


def address_of(interview: Interview, page: str = "change") -> str:
    return f"{LIST}{interview.pk}/{page}/"


# --- the interview's page ---------------------------------------------------------------------------------------------


def test_quotes_lead_to_the_words_in_the_transcript(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara, medium=Medium.VOICE)
    page = console.open(address_of(interview))
    table = page.get_by_role("table", name=re.compile("Questions with their answers"))
    table.get_by_role("link", name=re.compile("After two weeks")).click()
    turn = page.locator("#turn-8")
    expect(turn).to_have_class(re.compile("is-current"))
    expect(turn.locator("mark.is-current")).to_have_text("After two weeks her loaves stood as high as mine")
    expect(turn.locator("mark.is-current")).to_be_in_viewport()
    expect(page).to_have_url(re.compile("#turn-8$"))
    flags = page.get_by_role("region", name="Red flags")
    flags.get_by_role("link").click()
    expect(turn.locator("mark.is-current")).to_contain_text("the old head baker")
    # And back from the words to what rests on them.
    page.locator("#turn-4 mark", has_text="I split the team").click()
    expect(table.get_by_role("link", name=re.compile("I split the team"))).to_be_focused()


def test_page_shows_scores_measures_hints_and_charts(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara)
    make_hint(Turn.objects.get(room=interview.room, number=6))
    page = console.open(address_of(interview))
    result = page.get_by_role("region", name="Result")
    for words in ("Communication", "88", "high confidence, 78 %", "Three of three questions were answered"):
        expect(result).to_contain_text(words)
    pairs = page.get_by_role("table", name=re.compile("Questions with their answers"))
    expect(pairs.get_by_role("row").nth(2)).to_contain_text("Ownership")
    expect(pairs.get_by_role("row").nth(2)).to_contain_text("8.8")
    expect(page.locator("#turn-6")).to_contain_text("Needs probing")
    expect(page.locator("#turn-6")).to_contain_text("Ask what came of it, in numbers.")
    expect(page.get_by_role("region", name="To probe next time")).to_contain_text("What did a night cost")
    expect(page.get_by_role("img", name=re.compile("Talk share: AI interviewer 4"))).to_be_visible()
    page.wait_for_function("Boolean(Chart.getChart(document.querySelector('[data-timeline-chart]')))")
    expect(page.get_by_role("table", name="Speech metrics")).to_contain_text("142")


def test_bar_of_the_timeline_leads_to_its_turn(console: Console, amara: Candidate) -> None:
    console.page.emulate_media(reduced_motion="reduce")  # the bars stand where they are from the beginning
    page = console.open(address_of(make_interview(amara, medium=Medium.VOICE)))
    canvas = page.locator("[data-timeline-chart]")
    canvas.scroll_into_view_if_needed()
    page.wait_for_function("Chart.getChart(document.querySelector('[data-timeline-chart]'))?.getDatasetMeta(1).data[1]")
    place = page.evaluate(
        """() => {
            const chart = Chart.getChart(document.querySelector('[data-timeline-chart]'));
            const bar = chart.getDatasetMeta(1).data[1];
            return {x: (bar.x + bar.base) / 2, y: bar.y};
        }"""
    )
    canvas.click(position=place)
    expect(page.locator("#turn-4")).to_have_class(re.compile("is-current"))


def test_address_with_a_turn_opens_there(console: Console, amara: Candidate) -> None:
    page = console.open(address_of(make_interview(amara)) + "#turn-7")
    expect(page.locator("#turn-7")).to_have_class(re.compile("is-current"))
    expect(page.locator("#turn-7")).to_be_in_viewport()


def test_transcript_is_downloaded_as_text(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    interview = make_interview(amara)
    answer = client.get(f"{LIST}{interview.pk}/transcript.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    lines = answer.content.decode().splitlines()
    assert lines[0] == "Interview with Amara Voss"
    assert "[1] 0:00 AI interviewer: Good morning." in lines[4]
    assert len([line for line in lines if line.startswith("[")]) == len(SAID)


def test_words_of_a_candidate_are_shown_as_words(console: Console, amara: Candidate) -> None:
    said = ((Speaker.CANDIDATE, "", "", False, "<img src=x onerror=alert(1)> <b>bold</b>\n</script>{{ 7 }}"),)
    interview = make_interview(amara, said=said, analysis_state=AnalysisState.TOO_THIN)
    page = console.open(address_of(interview))
    expect(page.locator("#turn-1 .gr-turn__text")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#turn-1 img")).to_have_count(0)


def test_flags_stand_before_everything_else(console: Console, amara: Candidate) -> None:
    flags = [
        {"code": "injection", "turn": 4, "quote": "moved the rye forward"},
        {"code": "distress", "turn": 8, "quote": "he never does"},
    ]
    page = console.open(address_of(make_interview(amara, flags=flags)))
    alerts = page.get_by_role("alert")
    expect(alerts.first).to_contain_text("Distress.")
    expect(alerts.nth(1)).to_contain_text("Instructions to the model.")
    alerts.first.get_by_role("link").click()
    expect(page.locator("#turn-8")).to_have_class(re.compile("is-current"))
    expect(page.locator("#turn-8")).to_contain_text("Distress")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (AnalysisState.TOO_THIN, "Too thin to judge."),
        (AnalysisState.FAILED, "The analysis failed."),
        (AnalysisState.NONE, "Not analysed."),
    ],
)
def test_what_is_not_analysed_says_why_and_concludes_nothing(
    client: Client, recruiter: User, amara: Candidate, state: AnalysisState, words: str
) -> None:
    client.force_login(recruiter)
    interview = make_interview(amara, analysis_state=state)
    Room.objects.filter(pk=interview.room_id).update(analysis_reason="Only 31 words.")
    content = client.get(address_of(interview)).content.decode()
    assert words in content
    assert "No Hire" not in content
    assert "Your decision" not in content


def test_failed_analysis_is_tried_again_and_watched(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara, analysis_state=AnalysisState.FAILED)
    page = console.open(address_of(interview))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Being analysed.")).to_be_visible()
    assert Room.objects.get(pk=interview.room_id).analysis_state == AnalysisState.QUEUED
    # A worker finds it too thin: the page tells by itself.
    Room.objects.filter(pk=interview.room_id).update(
        analysis_state=AnalysisState.TOO_THIN, analysis_reason="Only 31 words were answered."
    )
    expect(page.get_by_text("Only 31 words were answered.")).to_be_visible()


def test_transcript_grows_while_the_interview_is_held(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara, status=InterviewState.ACTIVE)
    page = console.open(address_of(interview))
    expect(page.get_by_text("4 turns")).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("Experience"))).to_contain_text(["now", ""])
    turn = Turn.objects.create(
        room=interview.room,
        number=5,
        speaker=Speaker.INTERVIEWER,
        by_agent=True,
        text="And what did it cost?",
        key="k5",
        started_at=timezone.now(),
        ended_at=timezone.now(),
    )
    room_events.append(interview.room_id, "turn", {"number": turn.number})
    expect(page.get_by_text("And what did it cost?")).to_be_visible()
    expect(page.get_by_text("5 turns")).to_be_visible()
    # The plan moves on, and what a person should look at is told at once.
    Interview.objects.filter(pk=interview.pk).update(progress={"stage": "behavioural", "question": "apprentice"})
    room_events.append(interview.room_id, "stage", {"stage": "behavioural", "label": "", "position": 3, "of": 4})
    expect(page.get_by_role("heading", name="How they work now")).to_be_visible()
    Interview.objects.filter(pk=interview.pk).update(flags=[{"code": "distress", "turn": 4, "quote": "the rye"}])
    room_events.append(interview.room_id, "turn", {"number": 5})
    expect(page.get_by_role("alert")).to_contain_text("Distress.")


def test_running_interview_is_ended_and_a_scheduled_one_called_off(console: Console, amara: Candidate) -> None:
    running = make_interview(amara, status=InterviewState.ACTIVE)
    page = console.open(address_of(running))
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("The interview has ended.")).to_be_visible()
    running.refresh_from_db()
    assert running.status == InterviewState.COMPLETED
    waiting = make_interview(amara, status=InterviewState.SCHEDULED)
    console.open(address_of(waiting))
    page.get_by_role("button", name="Call off").click()
    expect(page.get_by_text("The interview was called off.")).to_be_visible()
    waiting.refresh_from_db()
    assert waiting.status == InterviewState.CANCELLED


# --- the decision -----------------------------------------------------------------------------------------------------


def test_recommendation_is_confirmed_then_overridden_with_a_reason(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara)
    page = console.open(address_of(interview))
    decision = page.get_by_role("region", name="Your decision")
    decision.get_by_role("button", name="Confirm Hire").click()
    expect(page.get_by_text("Hire is confirmed.")).to_be_visible()
    decision.get_by_text("Leaning No Hire").click()
    override = decision.get_by_role("button", name="Override with Leaning No Hire")
    override.click()
    assert Decision.objects.count() == 1  # the browser asks for the reason
    decision.get_by_label(re.compile("Reason")).fill("The rye is not ours.")
    override.click()
    expect(page.get_by_text("Leaning No Hire is your decision.")).to_be_visible()
    expect(decision.get_by_role("listitem").first).to_contain_text("instead of Hire")
    expect(decision.get_by_role("listitem").nth(1)).to_contain_text("as proposed")
    amara.refresh_from_db()
    assert amara.recommendation == Recommendation.LEANING_NO_HIRE


def test_decision_that_another_person_made_meanwhile_is_shown_before_it_is_overruled(
    console: Console, amara: Candidate
) -> None:
    interview = make_interview(amara)
    page = console.open(address_of(interview))
    kim = User.objects.create_user(email="kim@example.com", name="Kim Larsen")
    decisions.decide(interview, recommendation=Recommendation.NO_HIRE, reason="The references.", actor=kim)
    decision = page.get_by_role("region", name="Your decision")
    decision.get_by_role("button", name="Confirm Hire").click()
    expect(decision.get_by_role("alert")).to_contain_text("Kim Larsen has decided “No Hire” in the meantime.")
    expect(decision.get_by_text("The references.")).to_be_visible()
    assert Decision.objects.count() == 1
    decision.get_by_role("button", name="Confirm Hire").click()
    expect(page.get_by_text("Hire is confirmed.")).to_be_visible()
    assert Decision.objects.count() == 2


def test_override_without_a_reason_is_refused_and_keeps_the_choice(
    client: Client, recruiter: User, amara: Candidate
) -> None:
    client.force_login(recruiter)
    interview = make_interview(amara)
    answer = client.post(address_of(interview, "decide"), {"recommendation": "No Hire", "reason": "  "})
    assert answer.status_code == 422
    assert [one["value"] for one in answer.context["choices"] if one["chosen"]] == ["No Hire"]
    assert b"Say why it differs" in answer.content
    assert client.post(address_of(interview, "decide"), {"recommendation": "Maybe"}).status_code == 422
    assert not Decision.objects.exists()


def test_there_is_nothing_to_decide_where_an_ai_played_the_candidate(
    client: Client, recruiter: User, amara: Candidate
) -> None:
    client.force_login(recruiter)
    content = client.get(address_of(make_interview(amara, role=Role.INTERVIEWER, is_training=True))).content.decode()
    assert "An AI played the candidate." in content
    assert "Your decision" not in content


# --- debrief and pre-brief --------------------------------------------------------------------------------------------


def test_debrief_reveals_traits_and_grades(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara, role=Role.INTERVIEWER, is_training=True)
    Room.objects.filter(pk=interview.room_id).update(debrief=debrief())
    page = console.open(address_of(interview, "debrief"))
    expect(page.get_by_text("62 of 100")).to_be_visible()
    expect(page.get_by_text("1 of 2 found")).to_be_visible()
    missed = page.get_by_role("article").filter(has_text="A title that is too big")
    expect(missed).to_contain_text("Missed")
    expect(missed).to_contain_text("Ask who reported to them")
    expect(page.get_by_text("Never ask about family")).to_be_visible()
    page.get_by_role("article").filter(has_text="A gap in the career").get_by_role("link").click()
    expect(page.locator("#turn-3")).to_have_class(re.compile("is-current"))


def test_debrief_that_no_model_took_part_in_says_so(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    interview = make_interview(amara, role=Role.INTERVIEWER, is_training=True)
    kept = debrief()
    for trait in kept["training"]["traits"]:
        trait |= {"outcome": "not_judged", "turn": None, "quote": None, "reason": "No model was there to tell."}
    Room.objects.filter(pk=interview.room_id).update(debrief=kept | {"made_by": "computed", "notes": ["No model."]})
    answer = client.get(address_of(interview, "debrief"))
    assert answer.status_code == 200
    assert answer.content.decode().count("Not judged") == 2


def test_debrief_is_made_on_demand_and_not_before_the_end(console: Console, amara: Candidate) -> None:
    running = make_interview(amara, role=Role.INTERVIEWER, is_training=True, status=InterviewState.ACTIVE)
    page = console.open(address_of(running, "debrief"))
    expect(page.get_by_role("heading", name="Not yet")).to_be_visible()
    over = make_interview(amara, role=Role.INTERVIEWER, is_training=True)
    console.open(address_of(over, "debrief"))
    expect(page.get_by_text("A gap in the career")).to_have_count(0)
    page.get_by_role("button", name="Make the debrief").click()
    expect(page.get_by_role("heading", name="What the candidate was hiding")).to_be_visible()
    expect(page.get_by_text("A gap in the career")).to_be_visible()


def test_traits_of_a_running_training_are_told_nowhere(client: Client, recruiter: User, amara: Candidate) -> None:
    client.force_login(recruiter)
    running = make_interview(amara, role=Role.INTERVIEWER, is_training=True, status=InterviewState.ACTIVE)
    client.post(address_of(running, "debrief"))
    assert Room.objects.get(pk=running.room_id).debrief is None
    for page in ("change", "debrief", "prebrief", "briefing", "transcript", "progress"):
        assert b"A title that is too big" not in client.get(address_of(running, page)).content, page


def test_prebrief_shows_fit_concerns_and_questions(console: Console, amara: Candidate) -> None:
    make_prebrief(amara)
    page = console.open(f"{LIST}candidate/{amara.pk}/prebrief/")
    expect(page.get_by_text("A baker who works at scale")).to_be_visible()
    expect(page.get_by_role("region", name="Fit in six parts")).to_contain_text("Leadership potential")
    concerns = page.get_by_role("region", name="Concerns")
    expect(concerns).to_contain_text("medium")
    expect(concerns).to_contain_text("What did a night cost?")
    expect(page.get_by_role("region", name="Leave alone")).to_contain_text("Plans for a family")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_text("A baker who works at scale")).to_be_visible()


def test_prebrief_is_made_from_what_is_stored(console: Console, amara: Candidate) -> None:
    page = console.open(f"{LIST}candidate/{amara.pk}/prebrief/")
    page.get_by_role("button", name="Make the pre-brief").click()
    expect(page.get_by_role("region", name="Fit in six parts")).to_be_visible()


# --- briefing ---------------------------------------------------------------------------------------------------------


def test_briefing_is_saved_and_the_assistant_answers(console: Console, amara: Candidate) -> None:
    interview = make_interview(amara, status=InterviewState.SCHEDULED)
    page = console.open(address_of(interview, "briefing"))
    expect(page.get_by_label("Candidate's name")).to_have_value("Amara Voss")
    expect(page.get_by_role("button", name="Ask")).to_be_disabled()
    page.get_by_label("Notes").fill("She prefers mornings.")
    page.get_by_role("button", name="Save briefing").click()
    expect(page.get_by_text("The briefing is saved.")).to_be_visible()
    page.get_by_label("Your question").fill("Where should I dig?")
    page.keyboard.press("Enter")
    expect(page.locator(".gr-message--assistant")).to_be_visible()
    asked, answered = BriefingMessage.objects.order_by("id")
    assert (asked.text, asked.by_assistant, answered.by_assistant) == ("Where should I dig?", False, True)
    expect(page.get_by_label("Your question")).to_be_focused()
