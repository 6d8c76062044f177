// One question and its answer on the page: words as they come, then numbered sources that lead to the cited words.
import { leadTo } from "./places.js";

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
};

// Where an interview's turns stand in the console; citations of one begin with "interview:<id> turn <n>".
const INTERVIEW = /^interview:([0-9a-f-]{36}) turn (\d+)$/;

export class Exchange {
  /** `show(citation, from)` is called to lead from a button to a cited passage; false where it is not on the page. */
  constructor(log, question, show) {
    this.question = question;
    this.show = show;
    this.text = element("p", { className: "gr-chat__words" });
    this.below = element("div", { className: "gr-chat__below" });
    this.answer = element(
      "div",
      { className: "gr-chat__answer" },
      element("span", { className: "gr-hidden-text", textContent: "Answer:" }),
      this.text,
      this.below,
    );
    this.item = element(
      "li",
      { className: "gr-chat__exchange" },
      element("div", { className: "gr-chat__question" }, element("span", { className: "gr-hidden-text", textContent: "You asked: " }), element("p", { textContent: question })),
      this.answer,
    );
    log.append(this.item);
    this.#think();
  }

  #think() {
    this.item.dataset.state = "waiting";
    this.text.replaceChildren(
      element(
        "span",
        { className: "gr-chat__thinking" },
        element("span", { className: "gr-hidden-text", textContent: "Looking in the sources" }),
        ...[1, 2, 3].map(() => {
          const dot = element("i");
          dot.setAttribute("aria-hidden", "true");
          return dot;
        }),
      ),
    );
    this.below.replaceChildren();
    this.said = "";
  }

  /** More words of the answer. */
  add(words) {
    if (!this.said) this.text.replaceChildren();
    this.item.dataset.state = "answering";
    this.said += words;
    this.text.textContent = this.said;
  }

  /** The whole answer, with what it rests on. */
  finish(told) {
    this.said = told.answer;
    this.item.dataset.state = told.found ? "answered" : "unfounded";
    const notes = [];
    if (told.stopped) notes.push(element("p", { className: "gr-chat__note", textContent: told.answer ? "Stopped." : "Not answered: you stopped it." }));
    if (!told.answer) this.text.replaceChildren();
    else this.text.replaceChildren(...this.#withSources(told));
    if (told.unsupported.length) {
      notes.push(
        element("p", {
          className: "gr-chat__note gr-chat__note--warn",
          textContent: `Check this: figures here do not stand in the quoted words. “${told.unsupported.join(" ")}”`,
        }),
      );
    } else if (told.answer && !told.found && !told.stopped) {
      notes.push(element("p", { className: "gr-chat__note", textContent: "No passage is quoted for this." }));
    }
    const quotes = told.citations.length ? this.#quotes(told.citations) : null;
    this.below.replaceChildren(...[quotes, ...notes].filter(Boolean));
  }

  /** What went wrong, with a button to ask again, which may have to wait some seconds. */
  fail(message, { again, wait = 0 } = {}) {
    this.item.dataset.state = "failed";
    if (!this.said) this.text.replaceChildren();
    const line = element("p", { className: "gr-chat__note gr-chat__note--warn", textContent: message });
    this.below.replaceChildren(line);
    if (!again) return;
    const button = element("button", { type: "button", className: "gr-button gr-button--small", textContent: "Ask again" });
    button.disabled = wait > 0;
    if (wait > 0) setTimeout(() => (button.disabled = false), wait * 1000);
    button.addEventListener("click", () => {
      this.#think();
      again();
    });
    this.below.append(button);
  }

  *#withSources(told) {
    const known = new Map(told.citations.map((citation) => [String(citation.number), citation]));
    for (const part of told.answer.split(/(\s*\[\d+\])/)) {
      const number = part.trim().match(/^\[(\d+)\]$/)?.[1];
      const citation = number && known.get(number);
      if (!citation) {
        yield document.createTextNode(part);
        continue;
      }
      const button = element("button", { type: "button", className: "gr-cite", textContent: number });
      button.setAttribute("aria-label", `Source ${number}: ${citation.where}`);
      button.addEventListener("click", () => this.#lead(citation, button));
      yield button;
    }
  }

  /** To the cited words where they stand on the page; where they don't, to their line under the answer. */
  #lead(citation, from) {
    if (this.show(citation, from)) return;
    const line = this.below.querySelector(`[data-number="${citation.number}"]`);
    line.closest("details").open = true;
    leadTo(from, () => ({ target: line, marked: [line], hasWayBack: false }));
  }

  /** A link to the turn of an interview in which the words were said. */
  #turnOf(citation) {
    const [, interview, turn] = citation.path.match(INTERVIEW) ?? [];
    const address = this.item.closest("[data-interviews]")?.dataset.interviews;
    if (!interview || !address) return null;
    return element("a", { className: "gr-chat__turn", href: `${address}${interview}/change/#turn-${turn}`, textContent: "Read it in the interview" });
  }

  #quotes(citations) {
    const lines = citations.map((citation) => {
      const line = element(
        "li",
        { tabIndex: -1 },
        element("span", { className: "gr-cite gr-cite--still", textContent: citation.number, ariaHidden: "true" }),
        element(
          "span",
          {},
          element("q", { textContent: citation.quote }),
          element("span", { className: "gr-chat__where", textContent: [citation.source, citation.where].filter(Boolean).join(" · ") }),
          this.#turnOf(citation),
        ),
      );
      line.dataset.number = citation.number;
      return line;
    });
    const count = citations.length === 1 ? "1 source" : `${citations.length} sources`;
    const box = element("details", { className: "gr-chat__sources" }, element("summary", { textContent: count }), element("ol", {}, ...lines));
    box.open = true;
    return box;
  }
}
