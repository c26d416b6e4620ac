// The editor of JSON documents: tree and text in the place of a textarea, which is what is sent. Without it, that works.

import { mend } from "./editor_access.js";
import "./editor_styles.js";
import { createJSONEditor } from "./vendor/jsoneditor.js";

const INDENT = /\n([ \t]+)\S/;

function textOf(content, indentation) {
  return content.text ?? JSON.stringify(content.json, null, indentation) + "\n";
}

// Left out: a table, and changing all at once by a sort or a query, which nobody does with a configuration.
function menu(items) {
  return items.filter((item) => item.text !== "table" && !/jse-(sort|transform)\b/.test(item.className ?? ""));
}

function enhance(area) {
  const place = document.createElement("div");
  place.className = "json-editor";
  // Otherwise nobody who has only a keyboard would find out of it.
  const keys = document.createElement("p");
  keys.className = "hint";
  keys.id = `${area.id}-keys`;
  keys.textContent = "Tab is a key of the editor: Esc, then Tab, leads out of it.";
  area.after(place, keys);
  const indentation = INDENT.exec(area.value)?.[1] ?? 2;

  // What listens to the textarea, such as the check, hears of what is typed here.
  function take(content) {
    area.value = textOf(content, indentation);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const content = { text: area.value };
  const looks = { mode: "text", indentation, askToFormat: false, navigationBar: false, onRenderMenu: menu };
  const editor = createJSONEditor({ target: place, props: { ...looks, content, onChange: take } });
  // The editor tells of changes a little later; whoever sends the text at once wants the last word, too.
  area.form.addEventListener("formdata", (event) => {
    editor.validate();
    event.formData.set(area.name, area.value);
  });
  mend(place, area.labels[0].textContent, keys.id);
  area.hidden = true;
}

// Enter in a field of a plug-in's form means that form, not the button that the form of the whole text begins with.
function onKey(event) {
  if (event.key !== "Enter" || !event.target.matches("#plugin-form input")) return;
  event.preventDefault();
  const action = event.target.id === "module" ? "module" : "put";
  document.querySelector(`#plugin-form button[value=${action}]`)?.click();
}

document.addEventListener("keydown", onKey);
for (const area of document.querySelectorAll("textarea[data-json]")) enhance(area);
