// The chat on a candidate's page: nothing is connected until somebody opens it. Sources lead to the page's own texts.
import { startChat } from "./chat/chat.js";
import { leadTo, markIn, unmark } from "./chat/places.js";

export function startCandidateChat() {
  for (const box of document.querySelectorAll("[data-ask]")) {
    const begin = () => {
      if (!box.open) return;
      box.removeEventListener("toggle", begin);
      startChat(box.querySelector("[data-chat]"), show);
      box.querySelector("[data-part=question]").focus();
    };
    box.addEventListener("toggle", begin);
  }
}

/** Lead to the words in the panel of the text that they stand in; false where it is not on this page, or has changed. */
function show(citation, from) {
  const panel = document.querySelector(`[data-source="${CSS.escape(citation.path)}"]`);
  const text = panel?.querySelector(".gr-source");
  if (!text) return false;
  return leadTo(from, () => {
    const marked = markIn(text, citation.quote);
    if (!marked.length) return null;
    panel.open = true;
    return { target: marked[0], marked, unmark: () => unmark(marked) };
  });
}
