// What an intake has noted so far, beside the talk: each answer as it is written, and how many questions are left.
import { announce, element, part, say } from "./page.js";

/** One answer was written, by the talk or by a form in another window. */
export function noteAnswer({ field, label, state: how, shown }) {
  const list = part("answers");
  if (!list) return;
  let item = list.querySelector(`[data-field="${CSS.escape(field)}"]`);
  if (!item) {
    item = element("li", "gr-noted");
    item.dataset.field = field;
    item.append(element("span", "gr-noted__label", label), element("span", "gr-noted__value"));
    list.append(item);
  }
  const value = item.querySelector(".gr-noted__value");
  value.textContent = how === "skipped" ? say("left out") : how === "rejected" ? "" : shown;
  item.dataset.state = how;
  const left = [...list.children].filter((one) => one.dataset.asked === "yes" && !["accepted", "skipped"].includes(one.dataset.state));
  part("answers-left").textContent = String(left.length);
  if (how === "accepted") announce(`${say("Noted:")} ${label}: ${shown}`);
}
