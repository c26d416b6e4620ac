// What pages do beside the server: times in the reader's zone, ticks, the keyboard, the theme. Pages work without it.

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function localize(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.textContent = shown.format(new Date(time.dateTime));
  }
}

function ticked() {
  return document.querySelectorAll("input[name=ids]:checked").length;
}

function noteTicks() {
  const count = ticked();
  for (const button of document.querySelectorAll("[data-needs-ticks]")) button.disabled = count === 0;
  const label = document.querySelector("[data-ticked]");
  if (label) label.textContent = count ? `${count} ticked:` : "Tick passengers to handle them:";
}

function onClick(event) {
  const target = event.target;
  if (target.matches("[data-tick-all]")) {
    for (const box of document.querySelectorAll("input[name=ids]")) box.checked = target.checked;
  }
  if (target.matches("input[type=checkbox]")) noteTicks();
  if (target.matches("[data-help]")) document.getElementById("help").showModal();
  if (target.matches("[data-theme-switch]")) {
    const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    document.documentElement.dataset.bsTheme = theme;
    localStorage.setItem("theme", theme);
  }
}

// On a page without a search, that of the queue is meant.
function search() {
  const field = document.querySelector("[data-search]");
  const queue = document.querySelector("a[data-key=q]");
  if (field) field.focus();
  else if (queue) location.assign(`${queue.href}#search`);
}

let wantsPlace = false;

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
  if (wantsPlace) {
    wantsPlace = false;
    const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    return;
  }
  if (event.key === "g") wantsPlace = true;
  if (event.key === "?") document.getElementById("help").showModal();
  if (event.key === "/") {
    event.preventDefault();
    search();
  }
}

document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
document.addEventListener("htmx:after:swap", () => localize(document));
localize(document);
addEventListener("pageshow", noteTicks);
if (location.hash === "#search") search();
