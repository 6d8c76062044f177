// A chat about one person: the composer, the conversation, and what the line to the server is doing.
import { Exchange } from "./exchange.js";
import { Line } from "./line.js";

const STATES = {
  waiting: ["The connection was lost. Trying again…", null],
  asleep: ["The connection rests. It comes back with your next question.", null],
  taken: ["This conversation goes on in another window.", "Go on here"],
  refused: ["There is no connection any more. You may have been signed out.", "Try again"],
};

/** Make a chat of an element as templates/resume/chat.html has it. `show(citation, from)`: see Exchange. */
export function startChat(root, show = () => false) {
  const part = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((one) => [one.dataset.part, one]));
  const open = new Map(); // questions without an answer yet, by their ids
  let most = 2000;
  let isAnew = false; // taken up from where it went on meanwhile: what stands here may be behind

  const line = new Line(root.dataset.url, root.dataset.key, hear, tell);

  function hear(message) {
    const exchange = open.get(message.id);
    const near = isAtEnd();
    if (message.type === "delta") {
      exchange?.add(message.delta);
      follow(near);
    } else if (message.type === "response") {
      open.delete(message.id);
      exchange?.finish(message);
      if (message.answer) part.announcer.textContent = message.answer.replaceAll(/\s*\[\d+\]/g, "");
      settle(near);
    } else if (message.type === "error") {
      open.delete(message.id);
      exchange?.fail(message.message, { again: () => send(exchange), wait: message.retry_after ?? 0 });
      part.announcer.textContent = message.message;
      settle(near);
    } else if (message.limits) {
      most = message.limits.characters;
      if (message.event === "resumed" && (isAnew || !part.log.children.length)) {
        part.log.replaceChildren();
        for (const told of message.history) new Exchange(part.log, told.question, show).finish(told);
      }
      if (message.event === "lost" && part.log.children.length) note("The earlier conversation is over. A new one begins here.");
      if (message.event === "forgotten") {
        part.log.replaceChildren();
        part.announcer.textContent = "The conversation was forgotten.";
        part.question.focus();
      }
      isAnew = false;
      settle(true);
    }
  }

  function tell(state) {
    const [words, action] = STATES[state] ?? ["", null];
    part.state.hidden = !words;
    part["state-text"].textContent = words;
    part["state-action"].hidden = !action;
    part["state-action"].textContent = action ?? "";
    if (state === "open" || state === "connecting") return;
    for (const [id, exchange] of open) {
      open.delete(id);
      exchange.fail("The connection was lost before the answer was there.", { again: () => send(exchange) });
    }
    settle();
  }

  function note(words) {
    const item = document.createElement("li");
    item.className = "gr-chat__break";
    item.textContent = words;
    part.log.append(item);
  }

  function ask(question) {
    const exchange = new Exchange(part.log, question, show);
    part.empty.hidden = true;
    send(exchange);
    follow(true);
  }

  /** Send a question, at once or as soon as the line is open. */
  function send(exchange) {
    const id = crypto.randomUUID?.() ?? String(Math.random());
    const message = { type: "question", id, question: exchange.question };
    if (line.send(message)) {
      open.set(id, exchange);
    } else {
      line.open();
      const began = Date.now();
      const timer = setInterval(() => {
        if (line.send(message)) open.set(id, exchange);
        else if (Date.now() - began < 8000) return;
        else exchange.fail("There is no connection just now.", { again: () => send(exchange) });
        clearInterval(timer);
        settle();
      }, 100);
    }
    settle();
  }

  /** What belongs to how things stand: buttons, hints, the empty state. */
  function settle(atEnd = isAtEnd()) {
    const busy = open.size > 0;
    part.stop.hidden = !busy;
    part.send.hidden = busy;
    part.empty.hidden = part.log.children.length > 0;
    part.forget.hidden = part.log.children.length === 0;
    follow(atEnd);
  }

  /** Whether the end of the conversation is in view: who has scrolled up to read is not pulled down. */
  function isAtEnd() {
    const box = part.scroll;
    return box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  }

  function follow(wanted) {
    if (wanted) part.scroll.scrollTop = part.scroll.scrollHeight;
  }

  function grow() {
    part.question.style.height = "auto";
    part.question.style.height = `${Math.min(part.question.scrollHeight + 2, 160)}px`;
    const left = most - [...part.question.value.trim()].length;
    part.help.textContent = left < 0 ? `${-left} characters too many.` : left < 200 ? `${left} characters left.` : "Enter asks, Shift + Enter begins a new line.";
    part.question.setAttribute("aria-invalid", String(left < 0));
  }

  part.composer.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = part.question.value.trim();
    if (!question || [...question].length > most || open.size > 0) return;
    part.question.value = "";
    grow();
    ask(question);
  });
  part.question.addEventListener("input", grow);
  part.question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      part.composer.requestSubmit();
    }
    if (event.key === "Escape" && open.size > 0) line.send({ type: "stop" });
  });
  part.stop.addEventListener("click", () => {
    line.send({ type: "stop" });
    part.question.focus();
  });
  part.forget.addEventListener("click", () => {
    if (!line.send({ type: "forget" })) {
      line.drop();
      part.log.replaceChildren();
      settle();
    }
  });
  part["state-action"].addEventListener("click", () => {
    isAnew = true;
    line.failures = 0;
    line.open();
  });
  root.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-suggestion]");
    if (chosen && !open.size) {
      ask(chosen.textContent);
      part.question.focus();
    }
  });
  root.querySelector(".gr-without-scripts")?.remove();
  line.open();
}
