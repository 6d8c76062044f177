// What a mailed link opens: its token stands behind the # of the address, where no server and no log sees it. It is taken
// out of the address at once and put into the form; without a script people copy it there themselves.
const form = document.querySelector("[data-by-link]");
const token = decodeURIComponent(window.location.hash.slice(1));
if (form && token) {
  window.history.replaceState(null, "", window.location.pathname);
  form.elements.token.value = token;
}
if (form?.elements.token.value) {
  form.querySelector("[data-token-field]").hidden = true;
  form.elements.password.focus();
}
