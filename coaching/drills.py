"""What to practise for each dimension: the advice where a model gives none, and how a session for it is set up.

Pure data and text: no model is asked, and the same standing gives the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass

from coaching.states import Dimension, PreparationType


@dataclass(frozen=True, slots=True)
class Drill:
    """How to get better at one dimension.

    `advice` is what to do differently; `drill` an exercise of a few minutes; `goal` how to tell that it worked; `focus`
    is for the coach who plays the counterpart; `tone` is how the counterpart is, to train just that.
    """

    title: str
    advice: str
    drill: str
    goal: str
    focus: str
    tone: str


DRILLS: dict[Dimension, Drill] = {
    Dimension.CLARITY_STRUCTURE: Drill(
        title="Point first",
        advice="Say the main point in the first sentence, then at most three reasons in an order you announce.",
        drill="Before each answer, take five seconds to choose one sentence that could stand alone. Say it first; then "
        "“because”, one example, and the same point again in other words.",
        goal="Somebody who hears only your first sentences could retell the conversation.",
        focus="Ask broad questions that tempt into rambling, such as “Tell me about it”. Where the point comes late, "
        "ask what the main point is.",
        tone="Busy and direct",
    ),
    Dimension.RELEVANCE_FOCUS: Drill(
        title="Answer, then prove it",
        advice="Answer just what was asked, and back each claim with one figure or one example of your own.",
        drill="For each question, name to yourself the word that it turns on. Begin the answer with that word, give "
        "one fact, and stop.",
        goal="Each answer holds a figure, a name or an example, and none has to be asked for twice.",
        focus="Ask precise questions and follow up on everything that is claimed without a fact: how much, since when, "
        "compared with what.",
        tone="Precise, asks for evidence",
    ),
    Dimension.CONFIDENCE_DELIVERY: Drill(
        title="Stand by it",
        advice="Leave out “I think”, “maybe” and “kind of” where you know it. Say “I did”, not “we sort of did”.",
        drill="Say each answer once in your head, take out every word that makes it smaller, then say it. When "
        "doubted, repeat the claim in one calm sentence and add one fact.",
        goal="No hedge in a sentence about your own work, and no apology where nothing went wrong.",
        focus="Doubt what is claimed, calmly and fairly, at least three times, and see whether the trainee "
        "stands by it.",
        tone="Sceptical, but fair",
    ),
    Dimension.LANGUAGE_QUALITY: Drill(
        title="The exact word",
        advice="Replace “things”, “a lot” and “very good” with what you mean: which things, how many, good at what.",
        drill="Answer in at most four sentences. Afterwards, replace each vague word with a name or a number, and say "
        "it again.",
        goal="Four sentences for an answer, none of them said twice.",
        focus="Ask what exactly is meant wherever a word is vague, and ask for a shorter version of one long answer.",
        tone="Attentive, short of time",
    ),
    Dimension.TONE_ALIGNMENT: Drill(
        title="Meet them where they are",
        advice="Name what the other side cares about before you answer, and keep to the register that they use.",
        drill="Begin every second answer with what you understood of them: “You want to avoid …, so …”. Then disagree, "
        "if you must, with the matter and never with the person.",
        goal="The other side says “exactly” at least once.",
        focus="Change mood once in the conversation, from friendly to impatient, and see whether the trainee adapts.",
        tone="Friendly at first, then impatient",
    ),
    Dimension.ENGAGEMENT: Drill(
        title="Make it a conversation",
        advice="Ask one question that you need the answer to, take up what they said, and propose the next step.",
        drill="After every answer of yours, ask one open question: how, what, or which. End the conversation with who "
        "does what by when.",
        goal="Three open questions, and a next step with a date.",
        focus="Answer only what is asked and offer nothing by yourself, so that the trainee has to lead.",
        tone="Reserved, waits to be asked",
    ),
}

# For who is strong everywhere: the same conversation, made harder.
HARDER = Drill(
    title="A harder room",
    advice="You hold your level; now hold it under pressure.",
    drill="Allow yourself two sentences for each answer. When interrupted, finish the thought in five words and "
    "listen.",
    goal="The same scores against a counterpart who interrupts and doubts.",
    focus="Interrupt, doubt, change the subject once without notice, and raise the hardest objection there is.",
    tone="Demanding, interrupts",
)

# The first session of somebody of whom nothing is known, by what they prepare for.
FIRST: dict[PreparationType, tuple[str, str, str]] = {
    PreparationType.INTERVIEW: (
        "First round",
        "Introduce yourself, tell of one piece of work you are proud of, and ask two questions of your own.",
        "Friendly and curious",
    ),
    PreparationType.CORPORATE: (
        "Status meeting with a manager",
        "Report where a project stands, name one risk, and ask for one decision.",
        "Matter-of-fact",
    ),
    PreparationType.PITCH: (
        "Three-minute pitch",
        "Say what you make, for whom, why now, and what you ask for.",
        "Interested, but sceptical",
    ),
    PreparationType.SALES: (
        "Discovery call",
        "Find out what the customer needs, and agree on a next step.",
        "Polite, short of time",
    ),
    PreparationType.PRESENTATION: (
        "Five minutes before colleagues",
        "Present one finding, show why it matters, and take questions.",
        "Attentive",
    ),
    PreparationType.OTHER: (
        "A conversation that matters",
        "Say what you want, hear what the other side wants, and agree on something.",
        "Open",
    ),
}
