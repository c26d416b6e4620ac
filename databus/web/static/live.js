// Says so when what a page follows does not come any more; it is asked for again until it does.

const FOLLOWED = "[hx-sse\\:connect], [hx-trigger^=every]";
const AGAIN = 5000;

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
let notice = null;

function onLost(event) {
  const element = event.target;
  if (!element.matches(FOLLOWED) || notice?.isConnected) return;
  notice = document.createElement("p");
  notice.className = "alert alert-warning";
  notice.setAttribute("role", "alert");
  notice.textContent = `Databus has not answered since ${shown.format(new Date())}. What stands below is from then; it is asked again by itself.`;
  element.before(notice);
}

function onFound(event) {
  if (!event.target.matches(FOLLOWED)) return;
  notice?.remove();
  notice = null;
}

// The extension asks again where a stream ends, but not where the first one does not begin.
function onError(event) {
  onLost(event);
  const element = event.target;
  const address = element.getAttribute("hx-sse:connect");
  if (address) setTimeout(() => element.isConnected && htmx.ajax("GET", address, { source: element }), AGAIN);
}

document.addEventListener("htmx:sse:error", onLost);
document.addEventListener("htmx:error", onError);
document.addEventListener("htmx:sse:after:connection", onFound);
document.addEventListener("htmx:after:request", onFound);
