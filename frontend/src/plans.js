// The editor of a round: stages and questions to add, move and take out, by mouse and by keyboard.

export function startPlans() {
  const form = document.querySelector("[data-plan]");
  if (!form) return;
  const stages = form.querySelector("[data-stages]");
  const blankStage = form.querySelector("[data-blank-stage]");
  const blankQuestion = form.querySelector("[data-blank-question]");
  const saved = snapshot(form);

  const changed = () => {
    const dirty = snapshot(form) !== saved;
    form.querySelector("[data-reset]").hidden = !dirty;
    form.querySelector("[data-save-note]").textContent = dirty ? "Changed, not saved" : "Nothing changed";
    for (const line of form.querySelectorAll("[data-stage-line], [data-question-line]")) {
      const siblings = [...line.parentElement.children];
      line.querySelector("[data-up]").disabled = siblings[0] === line;
      line.querySelector("[data-down]").disabled = siblings.at(-1) === line;
    }
    return dirty;
  };
  const move = (line, up) => {
    const other = up ? line.previousElementSibling : line.nextElementSibling;
    if (other) line.parentElement.insertBefore(line, up ? other : other.nextElementSibling);
    return Boolean(other);
  };

  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) grow(event.target);
    changed();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=button]");
    if (!button) return;
    const line = button.closest("[data-question-line], [data-stage-line]");
    if (button.matches("[data-up], [data-down]")) {
      const up = button.matches("[data-up]");
      move(line, up);
      changed();
      // At the end of the way its button is off: the other one keeps the focus in the line.
      (button.disabled ? line.querySelector(up ? "[data-down]" : "[data-up]") : button).focus();
      return;
    }
    if (button.matches("[data-remove]")) {
      const next = line.nextElementSibling ?? line.previousElementSibling;
      (next?.querySelector("[data-remove]") ?? line.parentElement.closest("li, form")?.querySelector("[data-add-question], [data-add-stage]"))?.focus();
      line.remove();
    } else if (button.matches("[data-add-question]")) {
      const list = button.closest("[data-stage-line]").querySelector("[data-questions]");
      list.append(blankQuestion.content.cloneNode(true));
      list.lastElementChild.querySelector("textarea").focus();
    } else if (button.matches("[data-add-stage]")) {
      stages.append(blankStage.content.cloneNode(true));
      stages.lastElementChild.querySelector("[name=stage_label]").focus();
    } else if (button.matches("[data-reset]")) {
      form.dataset.leaving = "yes";
      location.reload();
      return;
    } else return;
    changed();
  });
  // Alt with an arrow moves the line that one is in; in a field of the stage itself, the stage.
  form.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const line = event.target.closest("[data-question-line], [data-stage-line]");
    if (!line) return;
    event.preventDefault();
    if (!move(line, event.key === "ArrowUp")) return;
    event.target.focus();
    line.scrollIntoView({ block: "nearest" });
    changed();
  });
  form.addEventListener("submit", () => (form.dataset.leaving = "yes"));
  addEventListener("beforeunload", (event) => {
    if (!form.dataset.leaving && changed()) event.preventDefault();
  });
  for (const area of form.querySelectorAll("textarea")) grow(area);
  addEventListener("load", () => form.querySelectorAll("textarea").forEach(grow));
  changed();
}

const snapshot = (form) =>
  [...form.querySelectorAll("[name]")]
    .filter((field) => field.name !== "csrfmiddlewaretoken")
    .map((field) => `${field.name}=${field.type === "checkbox" ? field.checked : field.value}`)
    .join("\n");

/** A text field as high as its text. */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + 2}px`;
}
