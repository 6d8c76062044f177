// The candidate page: a criterion leads to its quote in the source, fields are edited in place, scoring is watched.
import { toast } from "./toast.js";
import { csrfToken } from "./values.js";

const POLL_SECONDS = 1.5;

export function startCandidatePage() {
  const page = document.querySelector("[data-page=candidate]");
  if (!page) return;
  startQuotes(page);
  startEditing(page);
  startKeys(page);
  startScoring(page);
  startUpload(page);
}

function startQuotes(page) {
  const show = (key) => {
    const marks = [...page.querySelectorAll(`mark[data-criteria~="${CSS.escape(key)}"]`)];
    page.querySelectorAll("mark.is-current").forEach((mark) => mark.classList.remove("is-current"));
    page.querySelectorAll("[data-quote-of]").forEach((link) => {
      link.closest("[data-criterion]")?.classList.toggle("is-current", link.dataset.quoteOf === key);
    });
    if (!marks.length) return;
    const panel = marks[0].closest("[data-source]");
    if (panel.matches("details")) panel.open = true;
    marks.forEach((mark) => mark.classList.add("is-current"));
    // The panel beside the criteria scrolls by itself, so that the criterion stays where it was read.
    for (let box = marks[0].parentElement; box && !box.matches("[data-page]"); box = box.parentElement) {
      if (box.scrollHeight <= box.clientHeight || getComputedStyle(box).overflowY === "visible") continue;
      const [inner, outer] = [marks[0].getBoundingClientRect(), box.getBoundingClientRect()];
      box.scrollTop += inner.top + inner.height / 2 - (outer.top + outer.height / 2);
    }
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
    marks[0].scrollIntoView({ block: "nearest", behavior: quiet ? "auto" : "smooth" });
    marks[0].focus({ preventScroll: true });
  };
  page.addEventListener("click", (event) => {
    const link = event.target.closest("[data-quote-of]");
    if (link) {
      event.preventDefault();
      show(link.dataset.quoteOf);
      return;
    }
    const mark = event.target.closest("mark[data-criteria]");
    if (mark) {
      const key = mark.dataset.criteria.split(" ")[0];
      const line = page.querySelector(`[data-criterion="${CSS.escape(key)}"]`);
      line?.scrollIntoView({ block: "center", behavior: "smooth" });
      show(key);
    }
  });
}

function startEditing(page) {
  for (const form of page.querySelectorAll("form[data-field]")) {
    const shown = form.querySelector("[data-shown]");
    const editor = form.querySelector("[data-editor]");
    const input = editor.querySelector("[name=value]");
    const problem = form.querySelector("[data-problem]");
    const open = () => {
      shown.hidden = true;
      editor.hidden = false;
      input.focus();
      input.select?.();
    };
    const close = () => {
      editor.hidden = true;
      shown.hidden = false;
      problem.textContent = "";
      shown.focus();
    };
    shown.addEventListener("click", open);
    form.querySelector("[data-cancel]").addEventListener("click", () => {
      form.reset();
      close();
    });
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        form.reset();
        close();
      } else if (event.key === "Enter" && (input.tagName !== "TEXTAREA" || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
        body: new FormData(form),
      }).catch(() => null);
      const body = await answer?.json().catch(() => null);
      if (!answer?.ok) {
        problem.textContent = body?.error?.fields?.[form.dataset.field]?.[0] ?? body?.error?.message ?? "Could not be saved. Try again.";
        input.setAttribute("aria-invalid", "true");
        return;
      }
      input.removeAttribute("aria-invalid");
      form.querySelector("[data-value]").textContent = body.shown;
      input.defaultValue = input.value;
      close();
      if (body.history) page.querySelector("[data-history]").innerHTML = body.history;
      toast(`${body.label} saved`);
    });
  }
}

function startKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    const link = { j: "[data-next]", k: "[data-previous]", u: "[data-back]" }[event.key];
    const found = link && page.querySelector(link);
    if (found) {
      event.preventDefault();
      found.click();
    }
  });
}

/** While a re-score is under way, ask how it stands; when it has ended, show the page anew. */
export function startScoring(page) {
  const box = page.querySelector("[data-scoring]");
  if (!box || box.dataset.scoring !== "running") return;
  const ask = async () => {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } }).catch(() => null);
    const body = answer?.ok ? await answer.json() : null;
    if (body && !body.running) {
      location.reload();
      return;
    }
    if (body) box.querySelector("[data-scoring-message]").textContent = body.message;
    setTimeout(ask, POLL_SECONDS * 1000);
  };
  setTimeout(ask, POLL_SECONDS * 1000);
}

function startUpload(page) {
  const input = page.querySelector("[data-attach] input[type=file]");
  input?.addEventListener("change", () => input.files.length && input.form.requestSubmit());
}
