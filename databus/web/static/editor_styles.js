// The editor's styles, which the page's policy lets nobody write into a <style>: they become style sheets of the document.

const sheets = new Map();

// Whoever writes a <style> may fill it afterwards, or fill it anew and put it in once more.
function adopt(style) {
  if (!sheets.has(style)) {
    sheets.set(style, new CSSStyleSheet());
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheets.get(style)];
  }
  const fill = () => sheets.get(style).replaceSync(style.textContent);
  fill();
  queueMicrotask(fill);
  return style;
}

for (const name of ["appendChild", "insertBefore"]) {
  const original = document.head[name];
  document.head[name] = function (node, ...more) {
    return node instanceof HTMLStyleElement ? adopt(node) : original.call(this, node, ...more);
  };
}
