// The charts of the page "Costs and latency": what the tables beside them say, drawn. Chart.js comes with the console.
(() => {
  const source = document.getElementById("cost-figures");
  if (!source || !window.Chart) return;
  const figures = JSON.parse(source.textContent);
  let charts = [];

  // Any CSS colour as rgb(), which the chart's own parser understands.
  const colour = (name) => {
    const box = document.createElement("span");
    box.style.color = `var(${name})`;
    document.body.append(box);
    const probe = document.createElement("canvas").getContext("2d");
    probe.fillStyle = getComputedStyle(box).color;
    box.remove();
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    return `rgb(${red}, ${green}, ${blue})`;
  };

  const chart = (canvas, lines, datasets) => {
    const text = colour("--gr-subtle");
    const byDay = /^\d{4}-\d\d-\d\d$/.test(lines[0]?.name ?? "");
    const values = { beginAtZero: true, border: { display: false }, grid: { color: colour("--gr-line") }, ticks: { color: text } };
    const names = { border: { display: false }, grid: { display: false }, ticks: { color: text, maxRotation: 0, autoSkip: byDay } };
    return new window.Chart(canvas, {
      type: "bar",
      data: { labels: lines.map((line) => (byDay ? line.name.slice(5) : line.name)), datasets },
      options: {
        indexAxis: byDay ? "x" : "y",
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        scales: byDay ? { x: names, y: values } : { x: values, y: names },
        plugins: {
          legend: { display: datasets.length > 1, position: "bottom", labels: { color: text, boxWidth: 10, boxHeight: 10 } },
        },
      },
    });
  };

  const draw = () => {
    charts.forEach((one) => one.destroy());
    charts = [];
    for (const canvas of document.querySelectorAll("canvas[data-cost-chart]")) {
      const lines = figures[canvas.dataset.costChart];
      const data = lines.map((line) => line.cost_usd);
      charts.push(chart(canvas, lines, [{ label: "Cost, USD", data, backgroundColor: colour("--gr-accent"), maxBarThickness: 26 }]));
    }
    for (const canvas of document.querySelectorAll("canvas[data-latency-chart]")) {
      const lines = figures[canvas.dataset.latencyChart];
      const series = (label, key, shade) => ({
        label,
        data: lines.map((line) => line[key]),
        backgroundColor: colour(shade),
        maxBarThickness: 18,
      });
      charts.push(chart(canvas, lines, [series("Half", "p50_ms", "--gr-accent"), series("95 %", "p95_ms", "--gr-info")]));
    }
  };
  draw();
  // The theme switch changes a class on <html>.
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
})();
