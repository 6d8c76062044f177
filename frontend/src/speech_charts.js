// Who spoke how much and when, as two charts. What they show stands in their labels and in a table below, too.
import { number, resolve } from "./values.js";

const SPEAKERS = [
  { key: "interviewer", colour: "--gr-score-algo" },
  { key: "candidate", colour: "--gr-accent" },
];

// Names can be long; who is who stands beside each turn.
const PARTS = { interviewer: "Interviewer", candidate: "Candidate" };

/** Draw both charts of an interview's page; a click on a bar of the timeline calls `show` with the turn's number. */
export function startSpeechCharts(page, show) {
  const [talk, timeline] = ["interview-talk", "interview-timeline"].map((id) => {
    const source = document.getElementById(id);
    return source ? JSON.parse(source.textContent) : null;
  });
  if (!window.Chart || !talk || !timeline) return;
  const charts = [];
  const draw = () => {
    charts.splice(0).forEach((chart) => chart.destroy());
    const colours = palette();
    charts.push(talkChart(page.querySelector("[data-talk-chart]"), talk, colours));
    charts.push(timelineChart(page.querySelector("[data-timeline-chart]"), timeline, colours, show));
  };
  draw();
  // The theme switch changes a class on <html>.
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
}

function talkChart(canvas, talk, colours) {
  return new window.Chart(canvas, {
    type: "doughnut",
    data: {
      labels: talk.shares.map((share) => `${PARTS[share.speaker]} ${share.percent} %`),
      datasets: [
        {
          data: talk.shares.map((share) => share.words),
          backgroundColor: talk.shares.map((share) => colours[share.speaker]),
          borderColor: colours.surface,
          borderWidth: 2,
        },
      ],
    },
    options: {
      ...quiet(),
      cutout: "68%",
      plugins: {
        legend: legend(colours),
        tooltip: { callbacks: { label: (item) => ` ${number(item.raw)} words` } },
      },
    },
  });
}

function timelineChart(canvas, timeline, colours, show) {
  const rows = timeline.stages.length ? ["Stages", "Interviewer", "Candidate"] : ["Interviewer", "Candidate"];
  // Typed turns take no time: a sliver shows that they were there.
  const sliver = timeline.seconds / 250 || 1;
  const datasets = SPEAKERS.map(({ key }) => ({
    label: timeline.names[key],
    backgroundColor: colours[key],
    borderRadius: 2,
    borderSkipped: false,
    barPercentage: 0.9,
    categoryPercentage: 0.8,
    grouped: false,
    data: timeline.turns
      .filter((turn) => turn.speaker === key)
      .map((turn) => ({ x: [turn.from, Math.max(turn.to, turn.from + sliver)], y: PARTS[key], turn })),
  }));
  datasets.push({
    label: "Stages",
    backgroundColor: timeline.stages.map((_, index) => (index % 2 ? colours.line : colours.strongLine)),
    borderColor: colours.surface,
    borderWidth: { right: 2 },
    borderSkipped: false,
    barPercentage: 0.5,
    categoryPercentage: 0.8,
    grouped: false,
    data: timeline.stages.map((stage) => ({ x: [stage.from, stage.to], y: "Stages", stage })),
  });
  return new window.Chart(canvas, {
    type: "bar",
    data: { labels: rows, datasets },
    options: {
      ...quiet(),
      indexAxis: "y",
      onClick: (_, [bar]) => {
        const turn = bar && datasets[bar.datasetIndex].data[bar.index].turn;
        if (turn) show(turn.number);
      },
      onHover: (event, [bar]) => {
        event.native.target.style.cursor = bar && datasets[bar.datasetIndex].data[bar.index].turn ? "pointer" : "default";
      },
      scales: {
        x: {
          min: 0,
          max: timeline.seconds || 1,
          border: { display: false },
          grid: { color: colours.line },
          // Whole seconds: of a short talk two ticks would read the same.
          ticks: { color: colours.text, maxTicksLimit: 8, precision: 0, callback: clock },
        },
        y: { border: { display: false }, grid: { display: false }, ticks: { color: colours.text } },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            title: () => "",
            label: (item) => {
              const { turn, stage } = item.raw;
              if (stage) return ` ${stage.label}, from ${clock(stage.from)}`;
              return ` Turn ${turn.number}, ${clock(turn.from)}: ${number(turn.words)} words`;
            },
          },
        },
      },
    },
  });
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const quiet = () => ({
  responsive: true,
  maintainAspectRatio: false,
  animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? false : { duration: 300 },
});

const legend = (colours) => ({
  position: "bottom",
  labels: { color: colours.text, boxWidth: 10, boxHeight: 10, padding: 10 },
});

function palette() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => resolve(style.getPropertyValue(name).trim());
  return {
    ...Object.fromEntries(SPEAKERS.map(({ key, colour }) => [key, of(colour)])),
    text: of("--gr-subtle"),
    line: of("--gr-line"),
    strongLine: of("--gr-line-strong"),
    surface: of("--gr-surface"),
  };
}
