// The chat on a candidate's page: nothing is connected until somebody opens it.
import { startChat } from "./chat/chat.js";

export function startCandidateChat() {
  for (const box of document.querySelectorAll("[data-ask]")) {
    const begin = () => {
      if (!box.open) return;
      box.removeEventListener("toggle", begin);
      startChat(box.querySelector("[data-chat]"));
      box.querySelector("[data-part=question]").focus();
    };
    box.addEventListener("toggle", begin);
  }
}
