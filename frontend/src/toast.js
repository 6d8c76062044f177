// A short message in the corner, read out by screen readers; errors stay until closed by a click.

/** Show `message`; `kind` is "ok" or "bad". */
export function toast(message, kind = "ok") {
  let holder = document.getElementById("gr-toasts");
  if (!holder) {
    holder = document.createElement("div");
    holder.id = "gr-toasts";
    holder.setAttribute("role", "status");
    holder.setAttribute("aria-live", "polite");
    document.body.append(holder);
  }
  const box = document.createElement("div");
  box.className = kind === "bad" ? "gr-toast gr-toast--bad" : "gr-toast";
  box.textContent = message;
  box.addEventListener("click", () => box.remove());
  holder.append(box);
  if (kind !== "bad") setTimeout(() => box.remove(), 5000);
}
