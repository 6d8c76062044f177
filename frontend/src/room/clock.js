// How long the interview has been going on, and a word in time before the room closes.
import { announce, banner, part, say, state } from "./page.js";

const WARN_MINUTES = 10;
let started = state.room.started_at ? Date.parse(state.room.started_at) : null;
let warned = false;

export function startClock() {
  paint();
  setInterval(paint, 1000);
}

/** The first words were said. */
export function begin(moment) {
  started ??= Date.parse(moment);
  paint();
}

function paint() {
  const place = part("clock");
  const seconds = started === null ? 0 : Math.max(0, Math.floor((Date.now() - started) / 1000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  place.textContent = text;
  place.dateTime = `PT${seconds}S`;
  place.dataset.over = String(seconds > state.minutes * 60);
  const left = Math.ceil((Date.parse(state.room.expires_at) - Date.now()) / 60_000);
  if (!warned && left <= WARN_MINUTES && left > 0) {
    warned = true;
    const text = say(left === 1 ? "This room closes in one minute." : "This room closes in {left} minutes.", { left });
    banner(text, { tone: "warn" });
    announce(text);
  }
}
