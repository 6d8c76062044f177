// The pages of people and jobs.
import { startCandidateList } from "./candidates.js";
import { startCandidatePage } from "./candidate_page.js";
import { startCompare } from "./compare.js";
import { startRubric } from "./jobs.js";
import { startProgressButtons } from "./waiting.js";

export function startPeople() {
  startCandidateList();
  startCandidatePage();
  startRubric();
  startCompare();
  startProgressButtons();
  // The frame hides the page until its own script has run, so the browser's autofocus finds nothing to focus.
  addEventListener("load", () => requestAnimationFrame(() => {
    if (document.activeElement === document.body) document.querySelector(".gr [autofocus]")?.focus();
  }));
}
