// Practice: the conversation with the coach as it is made, and small comforts of its other pages. Without this script
// every form still works, a page at a time.
// What one can do about an answer that is missing, or broken off.
const [ASK, ANEW] = ["Ask for the answer", "Let it say that anew"];

const talk = document.querySelector("[data-talk]");
if (talk?.hasAttribute("data-open")) converse(talk);

// --- examples that follow the chosen kind -----------------------------------------------------------------------------
const setup = document.querySelector("[data-setup]");
if (setup) {
  const fields = { meeting_subtype: "subtype", agenda: "agenda", tone: "tone", role_context: "roles" };
  const follow = () => {
    const chosen = setup.querySelector("[name=preparation_type]:checked");
    for (const [name, data] of Object.entries(fields)) {
      const example = setup.querySelector(`[data-example="${name}"]`);
      example.hidden = !chosen;
      if (chosen) example.textContent = `For example: ${chosen.dataset[data]}`;
    }
  };
  setup.addEventListener("change", follow);
  follow();
}

// --- forms that take a while --------------------------------------------------------------------------------------------
for (const form of document.querySelectorAll("[data-slow]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "true";
    const note = document.createElement("p");
    note.className = "gr-slow";
    note.setAttribute("role", "status");
    note.innerHTML = '<span class="gr-slow__dots" aria-hidden="true"><i></i><i></i><i></i></span>';
    note.append(form.dataset.slow);
    document.getElementById("main").prepend(note);
    for (const button of document.querySelectorAll("[data-slow] button")) button.setAttribute("aria-disabled", "true");
    window.scrollTo({ top: 0 });
  });
}
window.addEventListener("pageshow", (event) => {
  // Back from the next page: the form can be sent again.
  if (!event.persisted) return;
  document.querySelector(".gr-slow")?.remove();
  for (const form of document.querySelectorAll("[data-slow]")) delete form.dataset.sent;
});

// --- the menu -----------------------------------------------------------------------------------------------------------
const menu = document.querySelector(".gr-menu");
if (menu) {
  const close = () => {
    const had = menu.open && menu.contains(document.activeElement);
    menu.open = false;
    if (had) menu.querySelector("summary").focus();
  };
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

// --- the conversation -----------------------------------------------------------------------------------------------
function converse(root) {
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const [log, words, send, stop, state, retry] = ["log", "words", "send", "stop", "state", "retry"].map(part);
  const url = `/api/v1/sessions/${root.dataset.session}/messages`;
  const draft = `practice:${root.dataset.session}`;
  const least = Number(root.dataset.least);
  let turns = Number(root.dataset.turns);
  let asking = null;
  // What may have arrived though nobody heard so: sent again, it is the same message.
  let unsure = null;

  const kept = sessionStorage.getItem(draft) ?? "";
  if (kept && kept.trim() === root.dataset.last) sessionStorage.removeItem(draft);
  else words.value ||= kept;
  grow();
  words.addEventListener("input", () => {
    sessionStorage.setItem(draft, words.value);
    grow();
  });
  words.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      part("composer").requestSubmit();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && asking) halt();
  });
  part("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (!text || asking) return;
    const key = unsure?.text === text ? unsure.key : crypto.randomUUID();
    words.value = "";
    grow();
    const mine = add("trainee", text);
    turn({ text, key }, mine);
  });
  retry.addEventListener("submit", (event) => {
    event.preventDefault();
    if (asking) return;
    const last = log.lastElementChild;
    // What was stopped is said anew in its place.
    if (last?.classList.contains("gr-said--coach")) last.remove();
    // Where nothing stands yet, it is the opening that failed.
    turn(last ? { retry: true } : { open: true });
  });
  stop.addEventListener("click", halt);
  log.lastElementChild?.scrollIntoView({ block: "end" });
  if (root.dataset.messages === "0") turn({ open: true });
  else if (matchMedia("(pointer: fine)").matches) words.focus();

  async function turn(body, mine) {
    asking = new AbortController();
    busy(true);
    tell("");
    // What the page told of the attempt before is over.
    document.querySelector('#main > [role="alert"]')?.remove();
    const answer = add("coach", "");
    answer.classList.add("gr-said--waiting");
    const place = answer.querySelector(".gr-said__text");
    place.innerHTML = '<span class="gr-slow__dots" role="img" aria-label="The coach is thinking"><i></i><i></i><i></i></span>';
    let text = "";
    let stored = false;
    let over = false;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          Accept: "text/event-stream",
          "Content-Type": "application/json",
          "X-CSRFToken": part("composer").elements.csrfmiddlewaretoken.value,
        },
        body: JSON.stringify(body),
        signal: asking.signal,
      });
      if (!response.ok) throw await problem(response);
      for await (const { event, data } of events(response.body)) {
        if (event === "message") {
          stored = true;
          unsure = null;
          if (words.value) sessionStorage.setItem(draft, words.value);
          else sessionStorage.removeItem(draft);
          turns = Math.max(turns, data.turn_number);
          count();
        } else if (event === "delta") {
          text += data.text;
          answer.classList.remove("gr-said--waiting");
          const follow = nearEnd();
          place.textContent = text;
          if (follow) answer.scrollIntoView({ block: "end" });
        } else if (event === "error") {
          throw Object.assign(new Error(data.message), { told: true });
        } else if (event === "done") {
          over = true;
          if (data.ai_response) finish(answer, data.ai_response, data.stopped);
          else answer.remove();
          // Not by this page: in another tab, or when the line was cut before.
          if (data.stopped) tell("The coach was stopped.", data.ai_response ? ANEW : ASK);
        }
      }
      if (!over) throw new Error("cut");
    } catch (error) {
      answer.classList.remove("gr-said--waiting");
      const stopped = error.name === "AbortError";
      // Where the model failed on the way nothing of it is kept; where the line was left, all of it is.
      if (text && !error.told) finish(answer, text, true);
      else answer.remove();
      if (stopped) {
        tell("You stopped the coach.", text ? ANEW : ASK);
      } else if (stored || !body.text) {
        tell(error.told ? error.message : "The line was cut. Your words are kept.", ASK);
      } else {
        // Nothing is known to have arrived: the words go back to where they were typed.
        mine?.remove();
        unsure = body;
        words.value = words.value ? `${body.text}\n${words.value}` : body.text;
        sessionStorage.setItem(draft, words.value);
        grow();
        tell(error.told ? error.message : "That could not be sent. Look at your connection and try again.");
      }
    } finally {
      asking = null;
      busy(false);
    }
  }

  function halt() {
    // Leaving the stream stops the answer; what was said so far is kept there.
    asking?.abort();
  }

  function finish(line, text, stopped) {
    const place = line.querySelector(".gr-said__text");
    place.replaceChildren(
      ...text.split(/\n{2,}/).map((paragraph) => {
        const element = document.createElement("p");
        element.textContent = paragraph;
        return element;
      }),
    );
    if (stopped) {
      const note = document.createElement("p");
      note.className = "gr-help";
      note.textContent = "Stopped here.";
      line.append(note);
    }
    part("announcer").textContent = `Coach: ${text}`;
  }

  function add(side, text) {
    const line = document.createElement("li");
    line.className = `gr-said gr-said--${side}`;
    line.innerHTML = '<p class="gr-said__who"></p><div class="gr-said__text"></div>';
    line.querySelector(".gr-said__who").textContent = side === "trainee" ? "You" : "Coach";
    line.querySelector(".gr-said__text").textContent = text;
    log.append(line);
    line.scrollIntoView({ block: "end" });
    return line;
  }

  function tell(text, action) {
    part("state-text").textContent = text;
    state.hidden = !text;
    retry.hidden = !action;
    if (action) retry.querySelector("button").textContent = action;
  }

  function count() {
    const missing = Math.max(0, least - turns);
    part("missing").textContent = missing
      ? `${missing} more message${missing === 1 ? "" : "s"} of yours until you can complete it.`
      : "You can complete it whenever you like.";
    part("enough").hidden = missing > 0;
  }

  function busy(is) {
    send.hidden = is;
    stop.hidden = !is;
    root.setAttribute("aria-busy", String(is));
    if (!is && matchMedia("(pointer: fine)").matches) words.focus();
  }

  function grow() {
    words.style.height = "auto";
    words.style.height = `${Math.min(words.scrollHeight + 2, 240)}px`;
  }

  function nearEnd() {
    return window.innerHeight + window.scrollY > document.body.scrollHeight - 200;
  }
}

async function problem(response) {
  let told = "";
  try {
    told = (await response.json()).error.message;
  } catch {
    // Not one of ours: a proxy's page, or nothing.
  }
  if (response.status === 401) told = "You are signed out. Sign in again in another tab, then send it once more.";
  return Object.assign(new Error(told || `It failed (${response.status}).`), { told: true });
}

async function* events(body) {
  // Server-sent events by fetch: EventSource can't post.
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const block = rest.slice(0, end);
      rest = rest.slice(end + 2);
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name && data) yield { event: name, data: JSON.parse(data) };
    }
  }
}
