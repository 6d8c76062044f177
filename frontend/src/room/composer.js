// Typing: in a text room it is the conversation, in a voice room it stands beside it.
import { announce, banner, explain, memory, newKey, part, state } from "./page.js";
import { readEvents } from "./stream.js";
import { failed, sending, thinking } from "./turns.js";

const TRIES = 3;
let take = () => {};

/**
 * `onEvent(kind, data)` gets what the server answers; `speak(text, key)` sends words through a voice room instead, and
 * says whether they were "heard".
 */
export function startComposer({ onEvent, speak = null }) {
  take = onEvent;
  const form = part("composer");
  if (!form) return null;
  const field = form.querySelector("textarea");
  const grow = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight + 2, 200)}px`;
  };
  field.value = memory.read("unsent") ?? "";
  grow();
  field.addEventListener("input", () => {
    grow();
    memory.write("unsent", field.value || null);
  });
  field.addEventListener("keydown", (event) => {
    // On a touch keyboard Enter makes a new line; there the button sends.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    memory.write("unsent", null);
    grow();
    field.focus();
    const turn = { key: newKey(), text };
    sending(turn.key, text);
    await (speak ? sayInRoom(turn, speak) : deliver(turn));
  });
  // Sent before the reload and never confirmed: sent again under the same key, which the server takes once.
  for (const turn of memory.read("pending") ?? []) {
    if (state.turns.some((one) => one.key === turn.key)) settle(turn.key);
    else {
      sending(turn.key, turn.text);
      deliver(turn);
    }
  }
  return {
    /** Put a text into the field, for the person to change and send. */
    offer(text) {
      field.value = text;
      field.dispatchEvent(new Event("input"));
      field.focus();
    },
    focus: () => field.focus(),
  };
}

/** Ask the server to give an answer that is owed: the first words, or those that a dead process never said. */
export async function askForOwed(surely = false) {
  const last = state.turns.at(-1);
  const isOwed = surely || (last ? !last.by_agent : state.agent.speaker === "interviewer");
  if (!isOwed) return;
  thinking(true);
  try {
    await post({ resume: true });
  } catch (problem) {
    banner(problem.message, { tone: "bad", action: ["Try again", () => (banner(""), askForOwed(true))] });
    announce(problem.message);
  }
  thinking(false);
}

async function sayInRoom(turn, speak) {
  const how = await speak(turn.text, turn.key);
  if (how === "heard") return;
  // A browser that can't reach the voice server at all types as in a text room.
  if (how === "none") return deliver(turn);
  const message = how === "offline" ? "Not sent: there is no connection." : "The AI has not taken this in yet.";
  const again = () => {
    sending(turn.key, turn.text);
    sayInRoom(turn, speak);
  };
  if (failed(turn.key, message, again)) announce(message);
}

async function deliver(turn) {
  const pending = memory.read("pending") ?? [];
  if (!pending.some((one) => one.key === turn.key)) memory.write("pending", [...pending, turn]);
  if (state.agent) thinking(true);
  try {
    await post({ text: turn.text, key: turn.key }, () => settle(turn.key));
    settle(turn.key);
  } catch (problem) {
    const again = () => {
      sending(turn.key, turn.text);
      deliver(turn);
    };
    announce(problem.message);
    // Stored, but not answered: what is missing is the answer alone.
    if (!failed(turn.key, problem.message, again)) {
      banner(problem.message, { tone: "bad", action: ["Ask for the answer again", () => (banner(""), askForOwed(true))] });
    }
  } finally {
    thinking(false);
  }
}

function settle(key) {
  const left = (memory.read("pending") ?? []).filter((one) => one.key !== key);
  memory.write("pending", left.length ? left : null);
}

/**
 * POST to the room's turns and read what comes of it; `stored` is called once the turn stands. A network that fails is
 * tried again, since a key is taken once.
 */
async function post(body, stored = () => {}) {
  let problem = new Error("Not sent: there is no connection.");
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt) await new Promise((resolve) => setTimeout(resolve, 700 * 2 ** attempt));
    let answer;
    try {
      answer = await fetch(state.urls.turns, {
        method: "POST",
        headers: { Authorization: `Bearer ${state.token}`, "Content-Type": "application/json", Accept: "text/event-stream" },
        credentials: "omit",
        body: JSON.stringify(body),
      });
    } catch {
      continue;
    }
    if (answer.ok) {
      let refusal = null;
      try {
        await readEvents(answer.body, {
          take(kind, data) {
            if (kind === "turn" && data.key === body.key) stored();
            if (kind === "error") refusal = new Error(explain(data.message));
            else take(kind, data);
          },
        });
      } catch {
        // The line was cut: the server goes on, and the room's stream brings the rest.
        continue;
      }
      if (refusal) throw refusal;
      return;
    }
    const content = await answer.json().catch(() => null);
    problem = new Error(explain(content?.error?.message ?? "Not sent: the server did not answer as it should."));
    if (answer.status < 500 && answer.status !== 429) throw problem;
  }
  throw problem;
}
