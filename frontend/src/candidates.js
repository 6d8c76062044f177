// The candidate list: keys to move and select, the bar for what is selected, filters that apply at once.

const isTyping = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

export function startCandidateList() {
  const page = document.querySelector("[data-page=candidate-list]");
  if (!page) return;
  startFilters(page);
  startSelection(page);
  startKeys(page);
  startUndo(page);
}

function startFilters(page) {
  const form = page.querySelector("#filter-form");
  const submit = () => form.requestSubmit();
  for (const field of form.querySelectorAll("[name=tier], [data-submit-on-change]")) field.addEventListener("change", submit);
  // An address without empty parameters is one that can be read and saved.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const kept = [...new FormData(form)].filter(([name, value]) => value !== "" && !(name === "order" && value === "best"));
    const query = new URLSearchParams(kept).toString();
    form.setAttribute("aria-busy", "true");
    location.assign(query ? `?${query}` : location.pathname);
  });
  document.addEventListener("click", (event) => {
    for (const popover of page.querySelectorAll("details.gr-popover[open]")) {
      if (!popover.contains(event.target)) popover.open = false;
    }
  });
}

function startSelection(page) {
  const form = page.querySelector("#bulk-form");
  if (!form) return;
  const boxes = [...form.querySelectorAll("input[name=ids]")];
  const all = form.querySelector("[data-select-all]");
  const matching = form.querySelector("[data-select-matching]");
  const bar = form.querySelector("[data-bulk]");
  const count = form.querySelector("[data-selected-count]");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    bar.hidden = chosen === 0;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    if (matching && chosen < boxes.length) matching.checked = false;
    count.textContent = matching?.checked ? "All selected" : `${chosen} selected`;
    for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
    for (const button of bar.querySelectorAll("[data-needs]")) {
      const [least, most] = button.dataset.needs.split("-").map(Number);
      button.disabled = Boolean(matching?.checked) || chosen < least || chosen > most;
    }
  };
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      show();
    });
  }
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  matching?.addEventListener("change", () => {
    if (matching.checked) for (const box of boxes) box.checked = true;
    show();
  });
  form.addEventListener("submit", (event) => {
    const action = event.submitter?.value;
    const words = count.textContent.toLowerCase().replace(" selected", "");
    if (action === "rescore" && !confirm(`Judge ${words} again? Each asks the model, which costs money.`)) event.preventDefault();
    if (action === "delete" && matching?.checked && !confirm(`Delete ${words} candidates of this list?`)) event.preventDefault();
    if (action === "assign" && !form.elements.job.value) {
      event.preventDefault();
      form.elements.job.focus();
    }
  });
  addEventListener("pageshow", show);
  show();
}

function startKeys(page) {
  const rows = [...page.querySelectorAll("[data-row]")];
  let current = -1;
  const go = (to) => {
    if (!rows.length) return;
    rows[current]?.classList.remove("is-current");
    current = Math.max(0, Math.min(rows.length - 1, to));
    rows[current].classList.add("is-current");
    rows[current].focus({ preventScroll: true });
    rows[current].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      for (const popover of page.querySelectorAll("details.gr-popover[open]")) {
        popover.open = false;
        popover.querySelector("summary").focus();
      }
      if (event.target.matches?.("[data-search]")) event.target.blur();
      return;
    }
    if (isTyping(event.target)) return;
    const row = rows[current];
    if (event.key === "j" || (event.key === "ArrowDown" && row)) go(current + 1);
    else if (event.key === "k" || (event.key === "ArrowUp" && row)) go(current - 1);
    else if (event.key === "x" && row) row.querySelector("[name=ids]").click();
    else if (event.key === "Enter" && row && !event.target.closest("a, button, summary, label, input")) row.querySelector("a").click();
    else if (event.key === "/") page.querySelector("[data-search]").select();
    else return;
    event.preventDefault();
  });
}

function startUndo(page) {
  const toast = page.querySelector("[data-undo-toast]");
  if (toast) setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 20_000);
}
