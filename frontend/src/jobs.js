// The rubric editor: lines to add, move and remove, and weights that re-rank while they are moved.
import { csrfToken } from "./values.js";

const PREVIEW_DELAY = 90;

export function startRubric() {
  const form = document.querySelector("[data-rubric]");
  if (!form) return;
  const lines = form.querySelector("[data-lines]");
  const blank = form.querySelector("[data-blank-line]");
  const saved = snapshot(form);
  const preview = makePreview(form);

  const changed = () => {
    const now = snapshot(form);
    const weightsOnly = now.rest === saved.rest;
    const dirty = now.all !== saved.all;
    form.querySelector("[data-reset]").hidden = !dirty;
    form.querySelector("[data-save-note]").textContent = !dirty
      ? "Nothing changed"
      : weightsOnly
        ? "Weights changed: saving re-ranks for free"
        : "Criteria changed: saving makes a new version";
    form.querySelector("[data-no-lines]")?.toggleAttribute("hidden", lines.children.length > 0);
    return { dirty, weightsOnly };
  };

  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-weight]")) {
      event.target.closest("label").querySelector("output").value = Number(event.target.value).toFixed(1);
      preview();
    }
    changed();
  });
  form.addEventListener("click", (event) => {
    const line = event.target.closest("[data-line]");
    if (event.target.closest("[data-up]")) move(line, line.previousElementSibling, "[data-up]");
    else if (event.target.closest("[data-down]")) move(line, line.nextElementSibling?.nextElementSibling ?? null, "[data-down]");
    else if (event.target.closest("[data-remove]")) {
      (line.nextElementSibling ?? line.previousElementSibling)?.querySelector("[data-remove]")?.focus();
      line.remove();
      preview();
    } else if (event.target.closest("[data-add-line]")) {
      lines.append(blank.content.cloneNode(true));
      lines.lastElementChild.querySelector("[name=label]").focus();
    } else if (event.target.closest("[data-reset]")) {
      location.reload();
      return;
    } else return;
    changed();
  });
  // A line's weight can be moved from anywhere in it: Alt with an arrow moves the line itself.
  form.addEventListener("keydown", (event) => {
    const line = event.target.closest("[data-line]");
    if (!line || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const up = event.key === "ArrowUp";
    const before = up ? line.previousElementSibling : (line.nextElementSibling?.nextElementSibling ?? null);
    if (up && !before) return;
    lines.insertBefore(line, before);
    event.target.focus();
    changed();
  });
  addEventListener("beforeunload", (event) => {
    if (changed().dirty && !form.dataset.sent && !form.dataset.leaving) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    if (event.target === form) form.dataset.leaving = "yes";
  });

  function move(line, before, button) {
    if (button === "[data-up]" && !before) return;
    lines.insertBefore(line, before);
    line.querySelector(button).focus();
  }
}

/** What the editor holds: all of it, and all but the weights. */
function snapshot(form) {
  const all = [];
  const rest = [];
  for (const field of form.querySelectorAll("[data-line] [name]")) {
    all.push(`${field.name}=${field.value}`);
    if (field.name !== "weight") rest.push(`${field.name}=${field.value}`);
  }
  return { all: all.join("\n"), rest: rest.join("\n") };
}

/** A function that asks for the ranking under the weights in the form, soon; only the newest answer is shown. */
function makePreview(form) {
  const target = document.querySelector("[data-preview-target]");
  const state = document.querySelector("[data-preview-state]");
  const known = new Set([...form.querySelectorAll("[data-line]")].map((line) => line.dataset.key).filter(Boolean));
  let timer;
  let asking;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      const weights = Object.fromEntries([...known].map((key) => [key, 0]));
      for (const line of form.querySelectorAll("[data-line]")) {
        if (known.has(line.dataset.key)) weights[line.dataset.key] = Number(line.querySelector("[data-weight]").value);
      }
      state.textContent = "Ranking…";
      try {
        const answer = await fetch(form.dataset.preview, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
          body: JSON.stringify({ weights }),
          signal: asking.signal,
        });
        target.innerHTML = await answer.text();
        state.textContent = answer.ok ? "With these weights, not saved" : "Could not rank";
      } catch (error) {
        if (error.name === "AbortError") return;
        state.textContent = "Could not reach the server. Move a weight to try again.";
      }
    }, PREVIEW_DELAY);
  };
}
