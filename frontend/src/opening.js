// What an interview link opens: the token stands behind the # of the address, where no server and no log sees it. It is
// taken out of the address at once and posted, and becomes a cookie that scripts can't read.
const form = document.querySelector("[data-opening]");
if (form) {
  const token = decodeURIComponent(window.location.hash.slice(1));
  if (token) {
    window.history.replaceState(null, "", window.location.pathname);
    form.elements.token.value = token;
    form.hidden = false;
    form.submit();
  } else {
    document.querySelector("[data-no-token]").hidden = false;
    document.querySelector("[data-opening-words]").hidden = true;
  }
}
