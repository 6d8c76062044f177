// The block of intake on a candidate's page: while a round is open it is read anew whenever something happens in it.
import { startScoring } from "./candidate_page.js";
import { toast } from "./toast.js";

const POLL_MS = 5_000; // where the stream does not work
const TOGETHER_MS = 60; // several answers in one breath are read at once

export function startIntake() {
  startBell();
  const round = document.querySelector(".gr-intake-round");
  if (round) startScoring(round);
  for (const field of document.querySelectorAll("[data-counts-anew]")) field.addEventListener("change", () => field.form.requestSubmit());
  // The block comes by htmx after the page.
  document.body.addEventListener("htmx:load", (event) => {
    const block = event.target.closest?.("[data-intake]") ?? event.target.querySelector?.("[data-intake]");
    if (block) watch(block.id);
  });
}

let watched = null;

function watch(id) {
  const block = () => document.getElementById(id);
  if (watched || block()?.dataset.intake !== "open") return;
  let timer = null;
  let reading = false;
  let again = false;

  const read = async () => {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    const answer = await fetch(block().dataset.url).catch(() => null);
    if (answer?.ok) show(await answer.text());
    reading = false;
    if (again) {
      again = false;
      read();
    }
  };
  const show = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-intake]");
    const old = block();
    if (!fresh || !old) return;
    const known = new Set([...old.querySelectorAll("[data-answer]")].map((line) => line.innerHTML));
    const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    old.replaceWith(fresh);
    for (const line of fresh.querySelectorAll("[data-answer]")) if (!known.has(line.innerHTML)) line.classList.add("is-new");
    if (focused) fresh.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    if (fresh.dataset.intake !== "open") finish();
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(read, TOGETHER_MS);
  };
  const finish = () => {
    watched?.close();
    toast("The candidate has completed intake");
    // Profile, score and history have changed with it; nothing that is being typed is lost.
    if (!document.activeElement?.closest?.("input, textarea, select")) setTimeout(() => location.reload(), 1_200);
  };
  let polling = setInterval(read, POLL_MS);
  watched = { close: () => clearInterval(polling) };
  if (!("EventSource" in window)) return;
  const source = new EventSource(block().dataset.eventsUrl);
  watched.close = () => {
    clearInterval(polling);
    source.close();
  };
  source.addEventListener("open", () => clearInterval(polling));
  source.addEventListener("error", () => {
    clearInterval(polling);
    polling = setInterval(read, POLL_MS);
  });
  source.addEventListener("intake", soon);
  addEventListener("pagehide", () => source.close());
}

function startBell() {
  const bell = document.querySelector("[data-bell]");
  if (!bell) return;
  document.addEventListener("click", (event) => {
    if (bell.open && !bell.contains(event.target)) bell.open = false;
  });
  bell.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !bell.open) return;
    bell.open = false;
    bell.querySelector("summary").focus();
  });
}
