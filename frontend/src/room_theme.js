// Before anything is drawn: dark or light, as the console was set to, or else as the system is, also when that changes.
const system = matchMedia("(prefers-color-scheme: dark)");
function follow() {
  try {
    const chosen = (localStorage.getItem("_x_adminTheme") ?? "auto").replaceAll('"', "");
    document.documentElement.classList.toggle("dark", chosen === "dark" || (chosen !== "light" && system.matches));
  } catch {
    // Storage is switched off: light it is.
  }
}
follow();
system.addEventListener("change", follow);
document.documentElement.classList.remove("no-scripts");
