// The drop zone: a file input that also takes a dropped file, shows what was chosen, and sends it with a progress bar.
// Without JavaScript the same form is sent by the browser.
import { bytes } from "./values.js";

export function startUploads() {
  // django-unfold's own script expects a text field beside every file field; this tells it that ours are looked after.
  for (const input of document.querySelectorAll(".gr input[type=file]")) input.hasChangeListener = true;
  document.querySelectorAll("form[data-upload]").forEach(watch);
}

function watch(form) {
  const zone = form.querySelector(".gr-drop");
  const input = zone.querySelector("input[type=file]");
  const limit = Number(form.dataset.limit);

  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("is-over"));
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("is-over"));
  // A file that misses the zone must not replace the page by its text.
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (event.target === input) return;
      event.preventDefault();
      if (name === "drop" && event.dataTransfer?.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }
  input.addEventListener("change", () => chosen(form, input.files[0], limit));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = input.files[0] ? tooLarge(input.files[0], limit) : "Choose a file first.";
    if (problem) {
      say(form, problem);
      input.focus();
    } else {
      send(form);
    }
  });
}

const tooLarge = (file, limit) =>
  limit && file.size > limit ? `This file has ${bytes(file.size)}; the limit is ${bytes(limit)}.` : "";

function chosen(form, file, limit) {
  if (!file) return;
  form.querySelector("[data-upload-title]").textContent = file.name;
  form.querySelector("[data-upload-hint]").textContent = bytes(file.size);
  const problem = tooLarge(file, limit);
  say(form, problem);
  if (!problem && form.dataset.upload === "at-once") form.requestSubmit();
}

function say(form, problem) {
  const place = form.querySelector("[data-upload-error]");
  place.hidden = !problem;
  place.querySelector("[data-upload-error-text]").textContent = problem;
}

function send(form) {
  const bar = form.querySelector("[data-upload-progress]");
  const fill = bar.querySelector(".gr-progress__fill");
  const text = bar.querySelector("[data-upload-progress-text]");
  const button = form.querySelector("[type=submit]");
  const request = new XMLHttpRequest();
  bar.hidden = false;
  say(form, "");
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  const started = performance.now();
  request.upload.addEventListener("progress", (event) => {
    const share = event.total ? event.loaded / event.total : 0;
    const rate = event.loaded / Math.max(0.001, (performance.now() - started) / 1000);
    fill.style.setProperty("--value", `${share * 100}%`);
    text.textContent =
      share >= 1 ? "Sent. Looking at the columns…" : `${bytes(event.loaded)} of ${bytes(event.total)}, ${bytes(rate)}/s`;
  });
  const again = (problem) => {
    bar.hidden = true;
    button.disabled = false;
    button.removeAttribute("aria-busy");
    say(form, problem);
  };
  request.addEventListener("load", () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // Not JSON: a proxy's own error page, for one.
    }
    if (request.status < 400 && answer.next) window.location.assign(answer.next);
    else if (request.status === 413) again(answer.error?.message ?? "This file is larger than the server accepts.");
    else again(answer.error?.message ?? "The server could not take this file. Your choice is kept; please try again.");
  });
  request.addEventListener("error", () => again("The connection was lost. Your choice is kept; please try again."));
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  request.send(new FormData(form));
}
