// A file of its own, because it must run before the first paint and the page's policy allows no inline script.
try {
  const theme = localStorage.getItem("gatewatch.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}
