// Live progress of imports: one event stream for the page, replayed after a lost connection, and plain asking every few
// seconds where streams do not get through (some proxies hold them back).
import { number, timeLeft, usd } from "./values.js";

const ENDED = new Set(["complete", "error", "cancelled"]);
const SILENCE_MS = 30_000; // without an event for this long, ask once: the line may be dead without saying so
const POLL_MS = 3_000;

export function startLiveImports() {
  const holder = document.querySelector("[data-live-imports]");
  if (!holder) return;
  const seen = new Map();

  const take = (status) => {
    const card = holder.querySelector(`[data-import="${status.import_id}"]`);
    if (!card) {
      // An import that this page does not know yet: a list shows it after a reload of that part.
      if (holder.dataset.liveImports === "all" && !ENDED.has(status.status)) refreshPart(holder);
      return;
    }
    const before = seen.get(status.import_id) ?? card.dataset.status;
    seen.set(status.import_id, status.status);
    paint(card, status);
    // A new status means another page: confirm, result, error. The server draws those.
    if (before !== status.status && holder.dataset.reload !== undefined) window.location.reload();
    else if (before !== status.status && holder.dataset.liveImports === "all") refreshPart(holder);
  };
  connect(holder, take);
}

function connect(holder, take) {
  let polling = null;
  let watchdog = null;
  let failures = 0;
  let source = null;
  let last = ""; // the newest event's id; EventSource sends it again only on a reconnection of its own

  const ask = async () => {
    const cards = [...holder.querySelectorAll("[data-import]")].filter((card) => !ENDED.has(card.dataset.status));
    for (const card of cards) {
      try {
        const answer = await fetch(`${holder.dataset.statusUrl}?import_id=${card.dataset.import}`, {
          headers: { Accept: "application/json" },
        });
        if (answer.ok) take(await answer.json());
        if (polling) mark(holder, answer.ok ? "polling" : "lost");
      } catch {
        mark(holder, "lost");
      }
    }
  };
  const poll = () => {
    if (polling) return;
    polling = setInterval(ask, POLL_MS);
    ask();
  };
  const alive = () => {
    failures = 0;
    clearInterval(polling);
    polling = null;
    mark(holder, "live");
    clearTimeout(watchdog);
    watchdog = setTimeout(ask, SILENCE_MS);
  };
  const open = () => {
    const address = new URL(holder.dataset.eventsUrl, window.location.href);
    if (last) address.searchParams.set("last_event_id", last);
    source = new EventSource(address);
    source.addEventListener("open", alive);
    const message = (event) => {
      alive();
      if (event.lastEventId) last = event.lastEventId;
      if (event.data) {
        try {
          take(JSON.parse(event.data));
        } catch {
          // An event of a newer server, after a deployment.
        }
      }
    };
    source.addEventListener("message", message);
    source.addEventListener("error", () => {
      failures += 1;
      if (failures >= 2) poll();
      // CLOSED: the browser gave up (an HTTP error); it is ours to try again.
      if (source.readyState === EventSource.CLOSED) setTimeout(open, Math.min(30_000, 1000 * 2 ** failures));
    });
  };
  window.addEventListener("pagehide", () => source?.close());
  if ("EventSource" in window) open();
  else poll();
}

/** Say in the page how its figures come in: live, by asking, or not at all. */
function mark(holder, state) {
  holder.dataset.connection = state;
  const text = { live: "Live", polling: "Updated every 3 s", lost: "Connection lost, trying again" }[state];
  document.querySelectorAll("[data-live-state]").forEach((place) => {
    place.textContent = text;
    place.className = `gr-pill ${state === "live" ? "gr-pill--ok" : state === "lost" ? "gr-pill--bad" : "gr-pill--info"}`;
  });
}

function paint(card, status) {
  card.dataset.status = status.status;
  const percent = Math.max(0, Math.min(100, status.progress ?? 0));
  for (const bar of card.querySelectorAll("[data-bar]")) {
    bar.setAttribute("aria-valuenow", String(percent));
    bar.firstElementChild.style.setProperty("--value", `${percent}%`);
  }
  const set = (name, text) =>
    card.querySelectorAll(`[data-value="${name}"]`).forEach((place) => {
      if (place.textContent !== text) place.textContent = text;
    });
  set("percent", `${Math.floor(percent)} %`);
  set("message", status.message ?? "");
  set("rows", number(status.rows_read));
  set("rows_failed", number(status.rows_failed));
  set("total", number(status.candidates_total));
  set("extracted", number(status.candidates_extracted));
  set("scored", number(status.candidates_scored));
  set("failed", number(status.candidates_failed));
  set("duplicates", number(status.duplicates));
  set("cost", usd(status.cost_usd));
  set("eta", ENDED.has(status.status) ? "" : timeLeft(status.eta_seconds));
  set("rate", rate(card, status));
  // A tab in the background tells how far it is by its title.
  if (card.closest("[data-reload]")) document.title = document.title.replace(/^\d+ %/, `${Math.floor(percent)} %`);
  for (const stage of card.querySelectorAll("[data-stage]")) {
    const order = ["reading", "extracting", "scoring", "done"];
    const now = order.indexOf(status.phase);
    const own = order.indexOf(stage.dataset.stage);
    stage.classList.toggle("is-done", now > own);
    stage.toggleAttribute("aria-current", now === own);
  }
}

/** Candidates a second, smoothed over the last half minute that this page has seen. */
function rate(card, status) {
  const done = status.phase === "reading" ? status.rows_read : status.candidates_extracted + status.candidates_scored;
  const now = performance.now() / 1000;
  card.history = [...(card.history ?? []), [now, done]].filter(([when]) => when > now - 30);
  const [first, before] = card.history[0];
  const perSecond = (done - before) / (now - first);
  return now - first > 1 && perSecond > 0 ? `${number(Math.round(perSecond * 10) / 10)}/s` : "";
}

let refreshing = false;
/** Fetch the page again and swap in the part that lists imports. */
async function refreshPart(holder) {
  if (refreshing || !holder.id) return;
  refreshing = true;
  try {
    const answer = await fetch(window.location.href, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(holder.id);
    if (fresh) holder.replaceChildren(...fresh.childNodes);
  } finally {
    setTimeout(() => (refreshing = false), 2000);
  }
}
