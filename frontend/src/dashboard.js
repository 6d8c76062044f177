// The chart on the home page: tiers per job as stacked bars. Its table stands below it and says the same.
import { number, resolve, tierColours } from "./values.js";

export function startDashboard() {
  drawTiers();
  // Over many candidates the figures come in a request of their own, after the page.
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "figures") return;
    drawTiers();
    const late = event.detail.target.querySelector("[data-late-needs]");
    const needs = document.getElementById("needs");
    if (!late || !needs) return;
    const shown = new Set([...needs.querySelectorAll("a")].map((link) => link.getAttribute("href")));
    for (const item of late.content.querySelectorAll("li")) {
      if (!shown.has(item.querySelector("a").getAttribute("href"))) needs.append(item);
    }
    if (needs.children.length > 1) needs.querySelector("[data-nothing]")?.remove();
  });
}

let chart = null;
let watcher = null;

function drawTiers() {
  const canvas = document.querySelector("canvas[data-tiers-chart]");
  const source = document.getElementById("tiers-per-job");
  if (!canvas || !source || !window.Chart) return;
  const { jobs, tiers } = JSON.parse(source.textContent);

  const draw = () => {
    const style = getComputedStyle(document.documentElement);
    const colours = tierColours();
    const text = style.getPropertyValue("--gr-subtle").trim();
    const line = style.getPropertyValue("--gr-line").trim();
    chart?.destroy();
    chart = new window.Chart(canvas, {
      type: "bar",
      data: {
        labels: jobs.map((job) => job.title),
        datasets: tiers.map((tier) => ({
          label: tier.label,
          data: jobs.map((job) => job.counts[tier.key] ?? 0),
          backgroundColor: resolve(colours[tier.slug]),
          barThickness: 18,
          borderColor: resolve(style.getPropertyValue("--gr-surface").trim()),
          borderWidth: { right: 1 },
          borderSkipped: false,
        })),
      },
      options: {
        indexAxis: "y",
        responsive: true,
        maintainAspectRatio: false,
        animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
        onClick: (_, [bar]) => bar && window.location.assign(jobs[bar.index].links[tiers[bar.datasetIndex].key]),
        scales: {
          x: {
            stacked: true,
            border: { display: false },
            grid: { color: resolve(line) },
            ticks: { color: resolve(text), precision: 0, callback: (value) => number(value) },
          },
          y: {
            stacked: true,
            border: { display: false },
            grid: { display: false },
            ticks: { color: resolve(text), callback: (_, index) => short(jobs[index].title) },
          },
        },
        plugins: {
          legend: { position: "bottom", labels: { color: resolve(text), boxWidth: 10, boxHeight: 10, padding: 14 } },
          tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${number(item.raw)}` } },
        },
      },
    });
  };
  draw();
  // The theme switch changes a class on <html>.
  watcher?.disconnect();
  watcher = new MutationObserver(draw);
  watcher.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
}

const short = (title) => (title.length > 26 ? `${title.slice(0, 25)}…` : title);
