// Single keys for what is done most, off while somebody types, and switched off for good by who does not want them.
import { part } from "./page.js";

const STORED = "greenroom:room-keys";

/** `actions` maps a key to what it does. */
export function startKeyboard(actions) {
  const dialog = part("shortcuts");
  const box = part("shortcuts-on");
  box.checked = localStorage.getItem(STORED) !== "off";
  box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
  for (const button of document.querySelectorAll("[data-shortcuts]")) {
    button.addEventListener("click", () => dialog.showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target.closest("input:not([type=checkbox], [type=range]), select, textarea, [contenteditable]");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]") || !box.checked) return;
    const action = event.key === "?" ? () => dialog.showModal() : actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // A click beside a dialog closes it, as Escape does.
  for (const each of document.querySelectorAll("dialog")) {
    each.addEventListener("click", (event) => event.target === each && each.close());
  }
}
