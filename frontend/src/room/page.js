// What the server put into the page, and the few things that all parts of the room say to the person in it.

const holder = document.getElementById("room-state");
/** Everything the room begins with; the token leaves the document as soon as it is read. */
export const state = JSON.parse(holder.textContent);
holder.remove();

export const root = document.querySelector("[data-room]");

/** The element with data-part="name", or null on a page that does not have it. */
export const part = (name) => root.querySelector(`[data-part="${name}"]`);

/** A text of this script in the page's own language, where its page brings one; else as it stands here. `values` fill
 * the places in it: say("Also here: {names}", { names }). */
export const say = (text, values = {}) =>
  (state.words?.[text] ?? text).replace(/\{(\w+)\}/g, (place, name) => String(values[name] ?? place));

/** What the server says went wrong. It says it in English: a page in another language has words of its own for it. */
export const explain = (message) =>
  state.words && document.documentElement.lang !== "en" && !(message in state.words)
    ? say("That did not work on our side. Try again, or answer in the form.")
    : say(message);

/** Have a screen reader say something, once, when it is done with what it says now. */
export function announce(text) {
  const place = part("announcer");
  place.textContent = "";
  // An empty moment between: the same words twice are then read twice.
  setTimeout(() => (place.textContent = say(text)), 50);
}

/** The banner above the conversation; an empty text takes it away. `action` is [label, what a click does]. */
export function banner(text, { tone = "info", action = null } = {}) {
  const place = part("banner");
  place.hidden = !text;
  place.dataset.tone = tone;
  part("banner-text").textContent = say(text);
  const button = part("banner-action");
  button.hidden = !action;
  if (action) {
    button.textContent = say(action[0]);
    button.onclick = action[1];
  }
}

/** A small pill in the bar: a word, and a tone that is never alone with its colour. */
export function pill(name, text, tone) {
  const place = part(name);
  if (!place) return;
  place.textContent = say(text);
  place.className = `gr-pill gr-pill--${tone}`;
  place.hidden = !text;
}

/** Kept for this tab alone, so that a reload comes back to where it was. */
export const memory = {
  read(name) {
    try {
      return JSON.parse(sessionStorage.getItem(`room:${state.room.name}:${name}`));
    } catch {
      return null;
    }
  },
  write(name, value) {
    try {
      if (value === null) sessionStorage.removeItem(`room:${state.room.name}:${name}`);
      else sessionStorage.setItem(`room:${state.room.name}:${name}`, JSON.stringify(value));
    } catch {
      // Storage is switched off: a reload then asks again.
    }
  },
};

export const wantsStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A key that no other turn has; also where the page is served without TLS and has no crypto.randomUUID. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** An element with a class and a text; words of people are never markup. */
export function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}
