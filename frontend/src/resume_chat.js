// The page at /: the chat, and the resume beside it, in which a source is shown where it stands.
import { startChat } from "./chat/chat.js";
import { leadTo } from "./chat/places.js";

const paper = document.querySelector("[data-part=paper]");
// On a phone the resume stands folded under the chat; wide, it is open beside it.
if (paper && matchMedia("(max-width: 899px)").matches) paper.open = false;

function show(citation, from) {
  const line = document.getElementById(citation.passage);
  if (line?.textContent !== citation.quote) return false;
  paper.open = true;
  return leadTo(from, () => ({ target: line, marked: [line] }));
}

for (const root of document.querySelectorAll("[data-chat]")) startChat(root, show);
