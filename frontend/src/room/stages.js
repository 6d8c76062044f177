// The stages of the plan: which are done, and which one it is now.
import { announce, root } from "./page.js";

/** Take over a stage event: the one that it names is the current one, and those before it are done. */
export function moveTo({ stage, label }) {
  const items = [...root.querySelectorAll("[data-stage]")];
  const now = items.findIndex((item) => item.dataset.stage === stage);
  if (now < 0) return;
  items.forEach((item, position) => paint(item, position < now ? "done" : position === now ? "current" : "ahead"));
  for (const place of root.querySelectorAll("[data-stage-now]")) place.textContent = label;
  announce(`Now: ${label}.`);
}

function paint(item, state) {
  item.dataset.state = state;
  item.toggleAttribute("aria-current", state === "current");
  if (state === "current") item.setAttribute("aria-current", "step");
  item.querySelector("[data-stage-word]").textContent = { done: "done", current: "now", ahead: "" }[state];
  const questions = item.querySelector("details");
  if (questions) questions.open = state === "current";
}
