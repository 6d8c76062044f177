// The stages of the plan: which are done, and which one it is now. An AI interviewer's come as events; a human who
// interviews leads, so there the page keeps what the human asks from, or clicks.
import { announce, memory, root, state } from "./page.js";

const items = () => [...root.querySelectorAll("[data-stage]")];

/** Let a human interviewer say where they are; a reload comes back to it. */
export function startStages() {
  if (!state.me.is_interviewer) return;
  for (const item of items()) {
    item.querySelector("[data-stage-set]")?.addEventListener("click", () => lead(item));
    for (const ask of item.querySelectorAll("[data-ask]")) ask.addEventListener("click", () => lead(item, false));
  }
  const kept = items().find((item) => item.dataset.stage === memory.read("stage"));
  if (kept) show(kept);
}

function lead(item, aloud = true) {
  memory.write("stage", item.dataset.stage);
  show(item);
  if (aloud) announce(`Now: ${item.dataset.label}.`);
}

/** Take over a stage event: the one that it names is the current one, and those before it are done. */
export function moveTo({ stage, label }) {
  const item = items().find((one) => one.dataset.stage === stage);
  if (!item) return;
  show(item);
  announce(`Now: ${label}.`);
}

/** The plan is over: all stages that were reached are done. */
export function finishStages() {
  if (items().some((item) => item.dataset.state === "current")) items().forEach(leave);
}

function show(current) {
  const all = items();
  const now = all.indexOf(current);
  all.forEach((item, position) => paint(item, position < now ? "done" : position === now ? "current" : "ahead"));
}

const leave = (item) => item.dataset.state === "current" && paint(item, "done");

function paint(item, how) {
  item.dataset.state = how;
  if (how === "current") item.setAttribute("aria-current", "step");
  else item.removeAttribute("aria-current");
  item.querySelector("[data-stage-word]").textContent = { done: "done", current: "now", ahead: "" }[how];
  const questions = item.querySelector("details");
  if (questions) questions.open = how === "current";
}
