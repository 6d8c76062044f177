// Builds ../static/built: the console's script and styles, and those of rooms and of pages for guests, which stand alone so
// that neither carries the other's. `--watch` builds again at each change.
//
// Chart.js and htmx are not bundled: the console's frame (django-unfold) already loads both before our script, and a
// second htmx on a page would send every hx- request twice. Scripts here use window.Chart and window.htmx.
import { copyFile, mkdir } from "node:fs/promises";
import { context } from "esbuild";

const watch = process.argv.includes("--watch");
const shared = {
  entryNames: "[name]",
  outdir: "../static/built",
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  target: ["chrome111", "firefox113", "safari16.4"],
  logLevel: "info",
};
const builds = [
  { entryPoints: ["src/console.js", "src/console.css", "src/room_theme.js", "src/room.css", "src/intake.css", "src/coaching.css", "src/resume_chat.css"], format: "iife" },
  // livekit-client stands in room_voice.js, which the page loads only where a room speaks.
  { entryPoints: ["src/resume_chat.js", "src/account.js", "src/practice.js", "src/room.js", "src/room_voice.js", "src/opening.js"], format: "esm" },
];
for (const one of builds) {
  const build = await context({ ...shared, ...one });
  if (watch) {
    await build.watch();
  } else {
    await build.rebuild();
    await build.dispose();
  }
}
// The font of PDFs (coaching/paper.py).
const fonts = "../static/built/fonts";
await mkdir(fonts, { recursive: true });
for (const name of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
  await copyFile(`node_modules/dejavu-fonts-ttf/ttf/${name}`, `${fonts}/${name}`);
}
