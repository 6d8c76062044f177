// Forms and buttons with data-progress: what is going on and for how long, while the server works on the answer.

export function startProgressButtons() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = event.submitter?.dataset.progress ?? form.dataset.progress;
    if (!words || event.defaultPrevented) return;
    const bar = document.createElement("div");
    bar.className = "gr-waiting";
    bar.setAttribute("role", "status");
    const text = document.createElement("span");
    const track = document.createElement("span");
    track.className = "gr-waiting__track";
    bar.append(text, track);
    const started = performance.now();
    const tell = () => {
      const seconds = Math.round((performance.now() - started) / 1000);
      text.textContent = seconds < 2 ? words : `${words} ${seconds} s`;
    };
    tell();
    const timer = setInterval(tell, 1000);
    (event.submitter?.closest(".gr-card__foot, .gr-card__body") ?? form).append(bar);
    addEventListener("pagehide", () => {
      clearInterval(timer);
      bar.remove();
    }, { once: true });
  });
}
