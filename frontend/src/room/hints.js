// The copilot's hints, for the human interviewer alone: the server sends them to nobody else.
import { announce, element, part, state } from "./page.js";
import { show } from "./turns.js";

const WORDS = {
  STRONG: ["Strong answer", "ok", "▲"],
  ADEQUATE: ["Adequate", "info", "●"],
  WEAK: ["Weak answer", "bad", "▼"],
  NEEDS_PROBING: ["Ask further", "warn", "◆"],
};
const known = new Set();
let offer = null;

/** `onOffer(text)` puts a suggestion where the interviewer can send it. */
export function startHints(onOffer) {
  offer = onOffer;
  if (!part("hints")) return;
  state.hints.forEach((hint) => add(hint, false));
}

/** Show a hint, newest first; the same one again changes nothing. */
export function add(hint, isNew = true) {
  const list = part("hints");
  if (!list || known.has(hint.turn)) return;
  known.add(hint.turn);
  const [word, tone, mark] = WORDS[hint.verdict] ?? [hint.verdict, "plain", "●"];
  const item = element("li", `gr-hint${isNew ? " is-new" : ""}`);
  const head = element("p", "gr-hint__head");
  head.append(element("span", `gr-pill gr-pill--plain gr-pill--${tone}`, `${mark} ${word}`));
  if (hint.issue) head.append(element("span", "gr-subtle gr-small", hint.issue.replaceAll("_", " ")));
  const where = element("button", "gr-link-button gr-small gr-push", `Turn ${hint.turn}`);
  where.type = "button";
  where.setAttribute("aria-label", `Show turn ${hint.turn}`);
  where.addEventListener("click", () => {
    showPanel("talk");
    show(hint.turn);
  });
  head.append(where);
  item.append(head, element("p", "gr-hint__text", hint.suggestion));
  if (hint.quote) item.append(element("blockquote", "gr-quote", `“${hint.quote}”`));
  if (offer && part("composer")) {
    const use = element("button", "gr-button gr-button--small", "Put into my message");
    use.type = "button";
    use.addEventListener("click", () => {
      showPanel("talk");
      offer(hint.suggestion);
    });
    item.append(use);
  }
  list.prepend(item);
  part("no-hints").hidden = true;
  if (!isNew) return;
  announce(`Hint: ${word}. ${hint.suggestion}`);
  const tab = document.querySelector('[data-panel-button="hints"]');
  if (tab && tab.getAttribute("aria-pressed") !== "true") {
    const badge = tab.querySelector("[data-count]");
    badge.hidden = false;
    badge.textContent = String(Number(badge.textContent || 0) + 1);
  }
}

/** On a narrow screen one panel is shown at a time. */
export function showPanel(name) {
  const columns = part("columns");
  columns.dataset.panel = name;
  for (const button of document.querySelectorAll("[data-panel-button]")) {
    const isThis = button.dataset.panelButton === name;
    button.setAttribute("aria-pressed", String(isThis));
    const badge = isThis && button.querySelector("[data-count]");
    if (badge) {
      badge.hidden = true;
      badge.textContent = "";
    }
  }
}

export function startPanels() {
  for (const button of document.querySelectorAll("[data-panel-button]")) {
    button.addEventListener("click", () => showPanel(button.dataset.panelButton));
  }
}
