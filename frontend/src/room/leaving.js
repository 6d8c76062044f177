// Leaving (the room stays, one can come back) and ending (for everybody, after a question).
import { announce, banner, explain, part, root, say, state } from "./page.js";
import { csrfToken } from "../values.js";

let over = false;

/** `leaveVoice()` hangs up. */
export function startLeaving(leaveVoice) {
  const dialog = part("end-dialog");
  part("leave").addEventListener("click", async (event) => {
    event.preventDefault();
    await Promise.race([leaveVoice(), new Promise((resolve) => setTimeout(resolve, 1000))]);
    window.location.assign(state.urls.leave);
  });
  part("end")?.addEventListener("click", () => dialog.showModal());
  part("end-no")?.addEventListener("click", () => dialog.close());
  const form = part("end-form");
  // A candidate's page sends the form itself; the console asks the API, which answers in JSON.
  form?.addEventListener("submit", async (event) => {
    if (!form.hasAttribute("data-api")) return;
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    button.setAttribute("aria-busy", "true");
    const problem = part("end-problem");
    problem.textContent = "";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken(), "Content-Type": "application/json", Accept: "application/json" },
        body: "{}",
      });
      const content = await answer.json().catch(() => null);
      // 409: it had ended already, which is what was asked for.
      if (!answer.ok && answer.status !== 409) throw new Error(content?.error?.message ?? "Could not be ended. Try again.");
      await leaveVoice();
      window.location.assign(state.urls.after);
    } catch (error) {
      problem.textContent = error instanceof TypeError ? say("There is no connection. Try again.") : explain(error.message);
      button.removeAttribute("aria-busy");
    }
  });
}

export const isOver = () => over;

/** The interview has ended, by whomever: nothing more can be said, and the page says where to go on. */
export function showEnd(status) {
  if (over) return;
  over = true;
  root.dataset.over = "yes";
  banner("");
  part("end-dialog")?.close();
  for (const name of ["composer", "mute", "end", "leave"]) if (part(name)) part(name).hidden = true;
  part("thinking").hidden = true;
  const words = {
    cancelled: "This interview was cancelled.",
    failed: "This interview could not go on.",
  };
  part("over-text").textContent = say(words[status] ?? "This interview has ended. Thank you.");
  part("over").hidden = false;
  part("over-link").focus();
  announce(part("over-text").textContent);
}
