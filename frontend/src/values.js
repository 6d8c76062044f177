// Values as people read them, and what the page tells the scripts.

const whole = new Intl.NumberFormat("en");

/** 1234567 → "1,234,567"; null → "–". */
export const number = (value) => (value === null || value === undefined ? "–" : whole.format(value));

/** US dollars: cents where they matter, "<$0.01" where nothing else would show. */
export function usd(value) {
  const amount = Number(value ?? 0);
  if (amount > 0 && amount < 0.01) return "<$0.01";
  return `$${amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Seconds as "about 2 min left"; null → "". */
export function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 5) return "a few seconds left";
  if (seconds < 90) return `about ${Math.round(seconds / 5) * 5} s left`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}

/** Bytes as "1.4 MB". */
export function bytes(value) {
  if (value < 1000) return `${value} B`;
  const step = Math.min(3, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** step).toFixed(step > 1 ? 1 : 0)} ${["B", "kB", "MB", "GB"][step]}`;
}

/** Django's CSRF token, from the cookie or from a form of the page. */
export function csrfToken() {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? decodeURIComponent(cookie[1]) : (document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "");
}

/** The five tiers' colours in the theme that is on now. */
export function tierColours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    ["top", "strong", "good", "evaluate", "poor", "none"].map((tier) => [
      tier,
      style.getPropertyValue(`--gr-tier-${tier}`).trim(),
    ]),
  );
}

/** A CSS colour of any form (oklch, color-mix, var) as rgb(), which the chart's own parser understands. */
export function resolve(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  const box = document.createElement("span");
  box.style.color = colour;
  document.body.append(box);
  probe.fillStyle = getComputedStyle(box).color;
  box.remove();
  probe.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = probe.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${alpha / 255})`;
}
