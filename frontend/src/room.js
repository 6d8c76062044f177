// The room page: one script for recruiters and candidates, for text and for voice. See room/ for its parts.
import { begin, startClock } from "./room/clock.js";
import { askForOwed, startComposer } from "./room/composer.js";
import { add as addHint, showPanel, startHints, startPanels } from "./room/hints.js";
import { noteAnswer } from "./room/answers.js";
import { startKeyboard } from "./room/keyboard.js";
import { isOver, showEnd, startLeaving } from "./room/leaving.js";
import { announce, banner, memory, part, pill, say, state } from "./room/page.js";
import { finishStages, moveTo, startStages } from "./room/stages.js";
import { follow } from "./room/stream.js";
import { draft, put, startTurns, thinking } from "./room/turns.js";
import { leaveVoice, notice, speak, startVoice, toggleMute } from "./room/voice.js";

const ENDED = new Set(["completed", "cancelled", "failed", "ended"]);
const isVoice = state.room.medium === "voice";
const streamed = new Map(); // key → {start, text}: what came of a text that is being streamed
const here = new Map(state.people.map(({ identity, name }) => [identity, name])); // the other people in the room
const lines = { events: "connecting", voice: isVoice ? "connecting" : "live" };

startTurns();
startPanels();
startClock();
const composer = startComposer({ onEvent: take, speak: isVoice ? speak : null });
startHints(composer?.offer);
startStages();
startLeaving(leaveVoice);
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => {
    showPanel("talk");
    composer?.offer(button.dataset.ask);
  });
}
startKeyboard({
  m: () => isVoice && toggleMute(),
  t: () => (showPanel("talk"), composer?.focus()),
  h: () => part("hints") && (showPanel("hints"), part("hints-card").focus()),
  l: () => part("leave").click(),
  e: () => part("end")?.click(),
});
part("mute").addEventListener("click", toggleMute);
showLines();
showPeople();

const stopFollowing = follow({
  url: state.urls.events,
  token: state.token,
  lastEvent: state.last_event,
  take,
  connection(how) {
    lines.events = how;
    showLines();
  },
  refused(status) {
    if (status === 410) return showEnd("completed");
    lines.events = "lost";
    showLines();
    banner(status === 403 ? "You were removed from this room." : "Your way into this room is no longer good.", {
      tone: "bad",
      action: status === 403 ? null : ["Come in again", () => window.location.reload()],
    });
  },
});

if (isVoice && state.me.speaker) {
  startVoice({
    onJoined: focusComposer,
    onConnection(how) {
      lines.voice = how;
      showLines();
    },
    onGone(reason) {
      if (isOver()) return;
      if (reason === "ROOM_DELETED" || reason === "ROOM_CLOSED") return showEnd("completed");
      const text = reason === "DUPLICATE_IDENTITY" ? "You joined from another window." : "You were removed from this room.";
      banner(text, { tone: "bad", action: reason === "DUPLICATE_IDENTITY" ? ["Join here instead", () => window.location.reload()] : null });
      announce(text);
    },
  });
} else if (state.me.speaker) {
  askForOwed();
  focusComposer();
}

/** Ready to type; not on a touch screen, where the keyboard would hide what is to be read first. */
function focusComposer() {
  if (!matchMedia("(pointer: coarse)").matches) composer?.focus();
}

/** One event of the room. */
function take(kind, data) {
  if (kind === "turn") {
    begin(data.started_at);
    streamed.delete(data.key);
    if (data.by_agent) thinking(false);
    else if (data.speaker === state.me.speaker) notice();
    const isNew = put(data);
    if (isNew && !data.by_agent && state.agent && data.speaker === state.me.speaker) thinking(true);
  } else if (kind === "delta") {
    const text = joined(data);
    if (text) draft(data.key, state.agent.speaker, true, text);
  } else if (kind === "typing" && data.identity !== state.me.identity) thinking(true);
  else if (kind === "hint") addHint(data);
  else if (kind === "stage") moveTo(data);
  else if (kind === "answer") noteAnswer(data);
  else if (kind === "agent") showAgent(data.state);
  else if (kind === "participant") showParticipant(data);
  else if (kind === "status" && ENDED.has(data.status)) finish(data.status);
}

/** A text that comes in pieces, by the room's stream and by the answer to what was sent alike: `at` tells where each one
 * belongs. Null where a piece brings nothing new. */
function joined({ key, text, at }) {
  const before = streamed.get(key) ?? { start: at ?? 0, text: "" };
  const place = at === undefined ? before.text.length : at - before.start;
  if (place < 0 || place + text.length <= before.text.length) return null;
  const whole = before.text.slice(0, place) + (place > before.text.length ? " … " : "") + text;
  streamed.set(key, { start: before.start, text: whole });
  return before.start ? `… ${whole}` : whole;
}

function showAgent(how) {
  const words = { waiting: ["joining", "warn"], joined: ["here", "ok"], lost: ["coming back", "warn"], failed: ["not here", "bad"] };
  const [word, tone] = words[how] ?? [how, "info"];
  pill("agent-state", word, tone);
  if (how === "lost") banner("The AI was lost for a moment and is being called back. Nothing that was said is lost.", { tone: "warn" });
  else if (how === "failed") banner("The AI can't be brought back. You can come again later, or turn to a person.", { tone: "bad" });
  else if (how === "joined" && part("banner").dataset.tone === "warn") banner("");
}

function showParticipant({ identity, name, type, state: how }) {
  if (type === "agent" || identity === state.me.identity) return;
  const told = { joined: "{name} came in.", left: "{name} left.", removed: "{name} was removed." }[how];
  if (told) announce(say(told, { name }));
  if (how === "joined") here.set(identity, name);
  else here.delete(identity);
  showPeople();
}

/** Who else is here. A voice room is told by LiveKit, see room/voice.js. */
function showPeople() {
  if (isVoice) return;
  part("people").textContent = here.size ? say("Also here: {names}", { names: [...here.values()].join(", ") }) : "";
}

/** Both lines in one pill: live when both are, and a banner while one is lost. */
function showLines() {
  const all = Object.values(lines);
  const how = all.includes("lost") ? "lost" : all.includes("connecting") ? "connecting" : "live";
  const before = part("connection").dataset.how;
  part("connection").dataset.how = how;
  pill("connection", { live: "Connected", connecting: "Connecting", lost: "Reconnecting" }[how], { live: "ok", connecting: "info", lost: "bad" }[how]);
  if (isOver() || how === before) return;
  if (how === "lost") {
    banner("The connection was lost. We are trying again; nothing that was said is lost.", { tone: "warn" });
    announce("Connection lost. Trying again.");
  } else if (how === "live") {
    banner("");
    if (before === "lost") announce("Connected again.");
  }
}

function finish(status) {
  stopFollowing();
  memory.write("joined", null);
  leaveVoice();
  if (status === "completed") finishStages();
  showEnd(status);
}
