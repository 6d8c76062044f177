// From a citation to where its words stand on the page, and back to the answer: by mouse, finger and keyboard alike.

let leave = () => {};

/**
 * Lead from the button `from` to what `find()` returns: { target, marked, unmark, hasWayBack }, or null where the words
 * stand nowhere. `marked` are the elements that show the words; the last of them is followed by a way back. Returns
 * whether there was a place to lead to.
 */
export function leadTo(from, find) {
  leave();
  const place = find();
  if (!place) return false;
  const { target, marked, unmark = () => {}, hasWayBack = true } = place;
  const back = Object.assign(document.createElement("button"), { type: "button", className: "gr-button gr-button--small gr-way-back", textContent: "Back to the answer" });
  const goBack = () => {
    leave();
    from.scrollIntoView({ block: "center" });
    from.focus();
  };
  const onKey = (event) => {
    if (event.key !== "Escape" || !(target.contains(document.activeElement) || document.activeElement === back)) return;
    event.preventDefault();
    goBack();
  };
  marked.forEach((one) => one.classList.add("is-cited"));
  if (hasWayBack) marked.at(-1).after(back);
  back.addEventListener("click", goBack);
  document.addEventListener("keydown", onKey);
  leave = () => {
    leave = () => {};
    document.removeEventListener("keydown", onKey);
    back.remove();
    marked.forEach((one) => one.classList.remove("is-cited"));
    unmark();
  };
  reveal(target);
  target.focus({ preventScroll: true });
  return true;
}

/** Bring an element into the middle of whatever scrolls around it, and that into view. */
function reveal(target) {
  for (let box = target.parentElement; box && box !== document.body; box = box.parentElement) {
    if (box.scrollHeight <= box.clientHeight || !["auto", "scroll"].includes(getComputedStyle(box).overflowY)) continue;
    const [inner, outer] = [target.getBoundingClientRect(), box.getBoundingClientRect()];
    box.scrollTop += inner.top + inner.height / 2 - (outer.top + outer.height / 2);
  }
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target.scrollIntoView({ block: "center", behavior: quiet ? "auto" : "smooth" });
}

/** Put marks around `quote` in the text of `box`, whatever white space stands in it; none where it is not there. */
export function markIn(box, quote) {
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  const places = []; // of each character of `flat`: its node, and where in it
  let flat = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let at = 0; at < node.length; at += 1) {
      const isSpace = /\s/.test(node.data[at]);
      if (isSpace && flat.endsWith(" ")) continue;
      flat += isSpace ? " " : node.data[at];
      places.push({ node, at });
    }
  }
  const wanted = quote.replaceAll(/\s+/g, " ").trim();
  const begin = wanted ? flat.indexOf(wanted) : -1;
  if (begin < 0) return [];
  const spans = new Map(); // node → [first, last] character
  for (const { node, at } of places.slice(begin, begin + wanted.length)) {
    spans.set(node, [spans.get(node)?.[0] ?? at, at]);
  }
  return [...spans].map(([node, [first, last]]) => {
    const mark = Object.assign(document.createElement("mark"), { className: "gr-mark gr-mark--cited", tabIndex: -1 });
    const words = node.splitText(first);
    words.splitText(last - first + 1);
    words.replaceWith(mark);
    mark.append(words);
    return mark;
  });
}

/** Take marks away again. */
export function unmark(marks) {
  for (const mark of marks) {
    const parent = mark.parentNode;
    mark.replaceWith(...mark.childNodes);
    parent?.normalize();
  }
}
