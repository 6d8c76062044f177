// The mapping page: a field can be taken by one column only, so the others offer it as taken; a count tells what is left.

export function startMapping() {
  const form = document.querySelector("form[data-mapping]");
  if (!form) return;
  const selects = [...form.querySelectorAll("select[data-column]")];
  const joined = new Set((form.dataset.joined ?? "").split(",")); // fields that several columns may fill together

  function refresh() {
    const takenBy = new Map();
    for (const select of selects) {
      if (!select.value || joined.has(select.value)) continue;
      takenBy.set(select.value, [...(takenBy.get(select.value) ?? []), select]);
    }
    let mapped = 0;
    for (const select of selects) {
      const rivals = (takenBy.get(select.value) ?? []).filter((other) => other !== select);
      const row = select.closest("[data-column-row]");
      const problem = row.querySelector("[data-column-problem]");
      const clash = rivals.length > 0;
      select.setAttribute("aria-invalid", String(clash));
      problem.hidden = !clash;
      problem.textContent = clash ? `“${rivals[0].dataset.header}” fills this field too. Choose one of the two.` : "";
      row.toggleAttribute("data-unmapped", !select.value);
      if (select.value !== select.dataset.first) row.querySelector("[data-column-certainty]")?.setAttribute("data-changed", "");
      else row.querySelector("[data-column-certainty]")?.removeAttribute("data-changed");
      mapped += select.value ? 1 : 0;
      for (const option of select.options) {
        const other = takenBy.get(option.value)?.find((rival) => rival !== select);
        option.textContent = option.dataset.label + (other ? ` (now: ${other.dataset.header})` : "");
      }
    }
    const count = form.querySelector("[data-mapped-count]");
    if (count) count.textContent = `${mapped} of ${selects.length} columns mapped`;
  }

  // "Use as …": take the suggestion of a column that leaves a doubt.
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-suggest]");
    if (!button) return;
    const select = document.getElementById(button.dataset.for);
    select.value = button.dataset.suggest;
    select.focus();
    button.remove();
    refresh();
  });
  for (const select of selects) {
    for (const option of select.options) option.dataset.label = option.textContent.trim();
    select.dataset.first = select.value;
    select.addEventListener("change", refresh);
  }
  refresh();
}
