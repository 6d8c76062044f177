// The page at /: the chat, and the resume beside it, in which a source is shown where it stands.
import { startChat } from "./chat/chat.js";

const paper = document.querySelector("[data-part=paper]");
// On a phone the resume stands folded under the chat; wide, it is open beside it.
if (paper && matchMedia("(max-width: 899px)").matches) paper.open = false;

function show(citation) {
  const line = document.getElementById(citation.passage);
  if (!line || line.textContent !== citation.quote) return false;
  paper.open = true;
  document.querySelectorAll(".gr-paper__line.is-cited").forEach((one) => one.classList.remove("is-cited"));
  line.classList.add("is-cited");
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  line.scrollIntoView({ block: "center", behavior: quiet ? "auto" : "smooth" });
  line.focus({ preventScroll: true });
  return true;
}

for (const root of document.querySelectorAll("[data-chat]")) startChat(root, show);
