// Before anything is painted: the theme that the reader has chosen, else the system's.
(() => {
  const wanted = localStorage.getItem("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = wanted || (dark ? "dark" : "light");
})();
