// The pages of interviews: quotes that lead to their turn, a transcript that grows while it is spoken, an analysis that
// is watched, the decision, and charts of who spoke how much and when. The editor of rounds is in plans.js.
import { startPlans } from "./plans.js";
import { startSpeechCharts } from "./speech_charts.js";

const POLL_MS = 2_000;
const QUIET_POLL_MS = 10_000; // beside an event stream that works
const REFRESH_DELAY = 150;

export function startInterviews() {
  startPlans();
  startConfirming();
  startPrinting();
  startChat();
  const page = document.querySelector("[data-page=interview]");
  if (!page) return;
  startQuotes(page);
  startDecision(page);
  startWatching(page);
  startBack(page);
  startSpeechCharts(page, (number) => showTurn(page, number));
}

/** Bring a turn into view and mark it; with `key`, mark the words that a quote has in it. */
export function showTurn(page, number, key = "") {
  const turn = page.querySelector(`#turn-${CSS.escape(number)}`);
  if (!turn) return;
  page.querySelectorAll(".gr-turn.is-current, mark.is-current").forEach((one) => one.classList.remove("is-current"));
  const marks = key ? [...page.querySelectorAll(`mark[data-quotes~="${CSS.escape(key)}"]`)] : [];
  turn.classList.add("is-current");
  marks.forEach((mark) => mark.classList.add("is-current"));
  const target = marks[0] ?? turn;
  // The transcript scrolls by itself beside the findings, so that what was clicked stays where it was read.
  for (let box = target.parentElement; box && !box.matches("[data-page]"); box = box.parentElement) {
    if (box.scrollHeight <= box.clientHeight || getComputedStyle(box).overflowY === "visible") continue;
    const [inner, outer] = [target.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollTop += inner.top + inner.height / 2 - (outer.top + outer.height / 2);
  }
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: "nearest", behavior: quiet ? "auto" : "smooth" });
  target.focus({ preventScroll: true });
}

function startQuotes(page) {
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-turn-of]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      history.replaceState(null, "", `#turn-${link.dataset.turnOf}`);
      showTurn(page, link.dataset.turnOf, link.dataset.quoteKey);
      return;
    }
    // And back: marked words lead to what rests on them.
    const mark = event.target.closest("mark[data-quotes]");
    if (!mark) return;
    const key = mark.dataset.quotes.split(" ")[0];
    const finding = page.querySelector(`[data-quote-key="${CSS.escape(key)}"]`);
    finding?.scrollIntoView({ block: "center", behavior: "smooth" });
    finding?.focus({ preventScroll: true });
  });
  const asked = location.hash.match(/^#turn-(\d+)$/);
  if (asked) addEventListener("load", () => requestAnimationFrame(() => showTurn(page, asked[1])));
}

function startDecision(page) {
  const form = page.querySelector("[data-decision]");
  if (!form) return;
  const reason = form.elements.reason;
  const button = form.querySelector("[data-decide]");
  const tell = () => {
    const chosen = form.elements.recommendation.value;
    const proposed = form.dataset.proposed;
    const overrides = Boolean(proposed) && chosen !== proposed;
    reason.required = overrides;
    form.querySelector("[data-reason-note]").textContent = overrides ? "(needed: you override the proposal)" : "(optional)";
    button.textContent = !chosen ? "Save decision" : overrides ? `Override with ${chosen}` : `Confirm ${chosen}`;
  };
  form.addEventListener("change", tell);
  tell();
}

/** While the interview is open or being analysed: take in what is new, and show the page anew when its state changes. */
function startWatching(page) {
  const isOpen = Boolean(page.dataset.eventsUrl);
  if (!isOpen && page.dataset.analysis !== "queued") return;
  const holder = page.querySelector("[data-transcript]");
  let refreshing = null;
  let timer = null;
  let live = false;

  const isWriting = () => document.activeElement?.closest?.("textarea, input:not([type=radio])") && document.activeElement.value;
  const refresh = () => {
    clearTimeout(refreshing);
    refreshing = setTimeout(async () => {
      const answer = await fetch(page.dataset.transcriptUrl).catch(() => null);
      if (!answer?.ok) return;
      const box = holder.closest(".gr-transcript");
      const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      holder.innerHTML = await answer.text();
      const plan = holder.querySelector("[data-late-plan]");
      if (plan) page.querySelector("[data-plan-card]")?.replaceWith(plan.content);
      plan?.remove();
      const count = holder.querySelectorAll("[data-turn]").length;
      page.dataset.turns = String(count);
      page.querySelector("[data-turn-count]").textContent = `${count} turn${count === 1 ? "" : "s"}`;
      if (wasAtEnd) box.scrollTop = box.scrollHeight;
    }, REFRESH_DELAY);
  };
  const ask = async () => {
    const answer = await fetch(page.dataset.progressUrl, { headers: { Accept: "application/json" } }).catch(() => null);
    const now = answer?.ok ? await answer.json() : null;
    if (now) {
      const before = page.dataset;
      const hasMoved = now.status !== before.status || now.analysis !== before.analysis;
      // Who writes is left in peace, and the page shown anew once they are done.
      if ((hasMoved || String(now.flags) !== before.flags) && !isWriting()) return location.reload();
      if (isOpen && String(now.turns) !== page.dataset.turns) refresh();
      const message = page.querySelector("[data-analysing-message]");
      if (message && now.attempts > 1) message.textContent = `Attempt ${now.attempts}: the one before failed.`;
    }
    timer = setTimeout(ask, live ? QUIET_POLL_MS : POLL_MS);
  };
  timer = setTimeout(ask, POLL_MS);
  if (!isOpen || !("EventSource" in window)) return;
  const source = new EventSource(page.dataset.eventsUrl);
  const mark = (state) => {
    live = state;
    for (const pill of page.querySelectorAll("[data-live-state]")) {
      pill.textContent = state ? "Live" : "Updated every 2 s";
      pill.className = `gr-pill ${state ? "gr-pill--ok" : "gr-pill--info"}`;
    }
  };
  source.addEventListener("open", () => mark(true));
  source.addEventListener("error", () => mark(false));
  for (const kind of ["turn", "hint", "stage"]) source.addEventListener(kind, refresh);
  for (const kind of ["turn", "status", "analysis"]) {
    source.addEventListener(kind, () => {
      clearTimeout(timer);
      timer = setTimeout(ask, REFRESH_DELAY);
    });
  }
  addEventListener("pagehide", () => source.close());
}

function startBack(page) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "u" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!event.target.closest("input, select, textarea")) page.querySelector("[data-back]")?.click();
  });
}

/** Forms that ask once more before they do what can't be taken back. */
function startConfirming() {
  document.addEventListener(
    "submit",
    (event) => {
      const words = event.target.dataset.confirm;
      if (words && !confirm(words)) event.preventDefault();
    },
    true,
  );
}

function startPrinting() {
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
}

function startChat() {
  const chat = document.querySelector(".gr-chat");
  if (!chat) return;
  const toEnd = () => chat.querySelector(".gr-messages")?.lastElementChild?.scrollIntoView({ block: "nearest" });
  chat.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-send-on-enter]") || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (event.target.value.trim()) event.target.form.requestSubmit();
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (!chat.contains(event.target)) return;
    // What was asked stands there at once; the answer takes a few seconds.
    const field = event.target.querySelector("textarea");
    const line = document.createElement("li");
    line.className = "gr-message";
    line.textContent = field.value;
    chat.querySelector(".gr-messages__none")?.remove();
    chat.querySelector(".gr-messages").append(line);
    field.value = "";
    toEnd();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "chat-body") return;
    toEnd();
    chat.querySelector("textarea")?.focus();
  });
}
