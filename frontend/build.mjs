// Builds ../static/built/console.{js,css}. `--watch` builds again at each change.
//
// Chart.js and htmx are not bundled: the console's frame (django-unfold) already loads both before our script, and a
// second htmx on a page would send every hx- request twice. Scripts here use window.Chart and window.htmx.
import { context } from "esbuild";

const watch = process.argv.includes("--watch");
const build = await context({
  entryPoints: ["src/console.js", "src/console.css"],
  entryNames: "[name]",
  outdir: "../static/built",
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  format: "iife",
  target: ["chrome111", "firefox113", "safari16.4"],
  logLevel: "info",
});
if (watch) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
