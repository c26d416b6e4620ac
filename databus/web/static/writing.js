// Guards what somebody writes: who leaves is asked first, and the check beside it does not speak of another text.

const AGAIN = 5000;
const SILENT = "Databus does not answer: what you have typed is not checked. It is asked again by itself.";

const area = document.getElementById("document-text");
const found = document.getElementById("findings");
const unchecked = document.getElementById("unchecked");
const before = area.value;
let isSent = false;
let isFilledIn = false;
let isSilent = false;
let typed = 0;
let sent = 0;
let timer = 0;

function isUnsaved() {
  return isFilledIn || "unsaved" in area.dataset || area.value !== before;
}

function onLeave(event) {
  if (!isSent && isUnsaved()) event.preventDefault();
}

function show(isOutdated) {
  unchecked.hidden = !isOutdated;
  found.classList.toggle("outdated", isOutdated);
}

function onInput() {
  typed += 1;
  if (!isSilent) show(true);
}

// An answer to what was asked before more was typed speaks of another text.
function onAnswer() {
  isSilent = false;
  if (sent === typed) show(false);
}

function onSilence() {
  if (!isSilent) {
    const notice = document.createElement("p");
    notice.className = "alert alert-danger";
    notice.textContent = SILENT;
    found.replaceChildren(notice);
  }
  isSilent = true;
  show(false);
  clearTimeout(timer);
  timer = setTimeout(() => htmx.trigger(found, "again"), AGAIN);
}

addEventListener("beforeunload", onLeave);
addEventListener("pageshow", () => (isSent = false));
// What is sent to nobody is lost, too.
area.form.addEventListener("submit", () => (isSent = !isSilent));
document.querySelector("[data-discard]")?.addEventListener("click", () => (isSent = true));
area.form.addEventListener("input", (event) => (isFilledIn ||= event.target.closest("#plugin-form") !== null));
document.addEventListener("htmx:after:swap", (event) => (isFilledIn &&= event.detail.ctx.target.id !== "plugin-form"));
if (found) {
  area.addEventListener("input", onInput);
  found.addEventListener("htmx:before:request", () => (sent = typed));
  found.addEventListener("htmx:after:swap", onAnswer);
  found.addEventListener("htmx:error", onSilence);
}
