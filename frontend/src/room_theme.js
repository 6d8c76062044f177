// Before anything is drawn: dark or light, as the console was set to, or else as the system is.
try {
  const chosen = (localStorage.getItem("_x_adminTheme") ?? "auto").replaceAll('"', "");
  const dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
} catch {
  // Storage is switched off: light it is.
}
document.documentElement.classList.remove("no-scripts");
