// What screen readers and the keyboard need of the editor's elements, and its makers left out.

const MENDED = {
  'svg[role="presentation"][aria-label=""]': (icon) => icon.removeAttribute("aria-label"),
  // Its items stand between other elements, which a tree may not have: groups of buttons are what it is.
  '[role="tree"]': (tree) => tree.setAttribute("role", "group"),
  '[role="treeitem"]': (item) => item.removeAttribute("role"),
  "[aria-selected]:not([role])": (item) => item.removeAttribute("aria-selected"),
  '.cm-content:not([tabindex="0"])': (text) => text.setAttribute("tabindex", "0"),
};

export function mend(place, label, described) {
  const all = () => {
    for (const [selector, change] of Object.entries(MENDED)) place.querySelectorAll(selector).forEach(change);
    for (const text of place.querySelectorAll(".cm-content:not([aria-label])")) text.setAttribute("aria-label", label);
    for (const text of place.querySelectorAll(".cm-content:not([aria-describedby])")) text.setAttribute("aria-describedby", described);
  };
  new MutationObserver(all).observe(place, { childList: true, subtree: true, attributeFilter: ["aria-selected", "tabindex"] });
  all();
}
