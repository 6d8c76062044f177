// The compare page: choose two people by typing a part of a name; arrows and Enter work in the list of suggestions.

const DELAY = 150;

export function startCompare() {
  for (const picker of document.querySelectorAll("[data-picker]")) startPicker(picker);
}

function startPicker(picker) {
  const input = picker.querySelector("[data-picker-input]");
  const value = picker.querySelector("[data-picker-value]");
  const list = picker.querySelector("[role=listbox]");
  let timer;
  let asking;
  let at = -1;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const point = (to) => {
    const found = options();
    if (!found.length) return;
    at = (to + found.length) % found.length;
    found.forEach((option, index) => option.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", found[at].id);
    found[at].scrollIntoView({ block: "nearest" });
  };
  const choose = (option) => {
    value.value = option.dataset.id;
    input.value = option.dataset.name;
    close();
    const form = picker.closest("form");
    if ([...form.querySelectorAll("[data-picker-value]")].every((field) => field.value)) form.requestSubmit();
    else [...form.querySelectorAll("[data-picker-input]")].find((other) => other !== input).focus();
  };
  input.addEventListener("input", () => {
    value.value = "";
    clearTimeout(timer);
    if (input.value.trim().length < 2) return close();
    timer = setTimeout(async () => {
      asking?.abort();
      asking = new AbortController();
      try {
        const answer = await fetch(`${picker.dataset.find}?q=${encodeURIComponent(input.value)}&side=${picker.dataset.side}`, {
          signal: asking.signal,
        });
        list.innerHTML = await answer.text();
        list.hidden = false;
        input.setAttribute("aria-expanded", "true");
        point(0);
      } catch (error) {
        if (error.name !== "AbortError") close();
      }
    }, DELAY);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") point(at + 1);
    else if (event.key === "ArrowUp") point(at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && options()[at]) choose(options()[at]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    event.preventDefault();
    choose(option);
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
}
