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
}
