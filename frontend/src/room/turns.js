// The transcript: turns as the server stored them, and below them what is being said or sent right now.
import { element, part, say, state, wantsStillness } from "./page.js";

const stored = new Map(); // number → its element
const texts = new Map(); // speaker → the text of its newest stored turn
const drafts = new Map(); // key → {node, speaker}
const list = () => part("turns");
const scroller = () => part("conversation");
let newestNumber = 0;
let isAtEnd = true;

export function startTurns() {
  scroller().addEventListener("scroll", () => {
    const box = scroller();
    isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
    if (isAtEnd) part("newest").hidden = true;
  });
  part("newest").addEventListener("click", () => {
    isAtEnd = true;
    keepAtEnd();
    part("newest").hidden = true;
  });
  new ResizeObserver(() => keepAtEnd()).observe(scroller());
  // What was said before this page was opened is not news.
  const log = list().parentElement;
  log.setAttribute("aria-live", "off");
  state.turns.forEach(put);
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  keepAtEnd();
}

/** Show a stored turn in its place; the same turn again changes nothing. Whether it was new. */
export function put(turn) {
  if (stored.has(turn.number)) return false;
  const node = bubble("li", turn.speaker, turn.by_agent, turn.text);
  node.id = `turn-${turn.number}`;
  node.dataset.number = turn.number;
  node.tabIndex = -1;
  const when = element("time", "gr-turn__when", clockTime(turn.ended_at));
  when.dateTime = turn.ended_at;
  node.querySelector("[data-who]").append(when);
  if (turn.interrupted) node.append(element("p", "gr-turn__note", say("cut off here")));
  stored.set(turn.number, node);
  const next = [...stored.keys()].filter((number) => number > turn.number).sort((a, b) => a - b)[0];
  list().insertBefore(node, next === undefined ? null : stored.get(next));
  newestNumber = Math.max(newestNumber, turn.number);
  texts.set(turn.speaker, turn.text);
  // What was streamed of it, or sent by this page, stands there now. Captions and typed words of a voice room have keys
  // of their own.
  for (const [key, found] of drafts) {
    if (found.speaker !== turn.speaker) continue;
    const isIt = found.kind === "live" || squeezed(found.text) === squeezed(turn.text);
    if (key === turn.key || isIt) drop(key, found);
  }
  part("empty").hidden = true;
  keepAtEnd(true);
  return true;
}

/** Text that is being said or typed by `speaker`, all of it so far; put() of its turn takes it away. */
export function draft(key, speaker, byAgent, text, kind = "live") {
  // Captions may come after the turn that they belong to was stored.
  if (kind === "live" && !drafts.has(key) && squeezed(texts.get(speaker) ?? "").includes(squeezed(text))) return;
  let found = drafts.get(key);
  if (!found) {
    found = { node: bubble("div", speaker, byAgent, ""), speaker, kind, text };
    found.node.classList.add(`gr-turn--${kind}`);
    drafts.set(key, found);
    part("drafts").append(found.node);
  }
  found.text = text;
  found.node.querySelector("[data-text]").textContent = text;
  if (byAgent) thinking(false);
  part("empty").hidden = true;
  keepAtEnd();
}

/** What this page has sent and the server has not confirmed yet. */
export function sending(key, text) {
  forget(key);
  draft(key, state.me.speaker, false, text, "sending");
}

/** Say at the turn that it was not sent, with a way to try again; false where it stands in the transcript already. */
export function failed(key, message, again) {
  const found = drafts.get(key);
  if (!found) return false;
  found.kind = "failed";
  found.node.classList.add("gr-turn--failed");
  const note = element("p", "gr-turn__note", `${say(message)} `);
  note.setAttribute("role", "alert");
  const button = element("button", "gr-button gr-button--small", say("Try again"));
  button.type = "button";
  button.addEventListener("click", () => {
    forget(key);
    again();
  });
  note.append(button);
  found.node.querySelector(".gr-turn__note")?.remove();
  found.node.append(note);
  keepAtEnd();
  return true;
}

export function forget(key) {
  const found = drafts.get(key);
  if (found) drop(key, found);
}

/** The three dots of somebody who is about to answer. */
export function thinking(on) {
  const place = part("thinking");
  if (place.hidden === !on) return;
  place.hidden = !on;
  if (on) keepAtEnd();
}

export const newest = () => newestNumber;

/** Bring a turn into view and set the focus on it. */
export function show(number) {
  const node = stored.get(number);
  if (!node) return;
  isAtEnd = false;
  node.scrollIntoView({ block: "center", behavior: wantsStillness() ? "auto" : "smooth" });
  node.focus({ preventScroll: true });
  node.classList.add("is-current");
  setTimeout(() => node.classList.remove("is-current"), 2500);
}

function drop(key, found) {
  found.node.remove();
  drafts.delete(key);
}

function bubble(tag, speaker, byAgent, text) {
  const mine = speaker === state.me.speaker && !byAgent;
  const node = element(tag, `gr-turn gr-turn--${mine ? "mine" : "theirs"}`);
  const who = element("p", "gr-turn__who");
  who.dataset.who = "";
  who.append(element("span", "gr-turn__name", mine ? say("You") : state.names[speaker]));
  if (byAgent) who.append(element("span", "gr-turn__ai", say("AI")));
  const words = element("p", "gr-turn__text", text);
  words.dataset.text = "";
  node.append(who, words);
  return node;
}

function keepAtEnd(isNew = false) {
  const box = scroller();
  if (isAtEnd) box.scrollTop = box.scrollHeight;
  else if (isNew) part("newest").hidden = false;
}

const squeezed = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

const clockTime = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
