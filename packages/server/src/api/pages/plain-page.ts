import { escapeHtml } from "./escape-html.ts";

/** The dashboard's own colours and type, so that the door looks like the house. */
const PALETTE = `:root {
  color-scheme: light dark;
  --page: light-dark(oklch(0.976 0.004 100), oklch(0.168 0.012 235));
  --surface: light-dark(oklch(1 0 0), oklch(0.2 0.014 235));
  --strong: light-dark(oklch(0.82 0.01 180), oklch(0.38 0.018 235));
  --ink: light-dark(oklch(0.235 0.02 230), oklch(0.935 0.008 210));
  --muted: light-dark(oklch(0.435 0.018 225), oklch(0.755 0.012 220));
  --accent: light-dark(oklch(0.47 0.088 205), oklch(0.8 0.1 195));
  --on: light-dark(oklch(1 0 0), oklch(0.19 0.03 220));
  --bad: light-dark(oklch(0.52 0.185 30), oklch(0.745 0.15 32));
  --sans: -apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Inter, Roboto, "Noto Sans", Cantarell, "DejaVu Sans Condensed", system-ui, sans-serif;
  --mono: ui-monospace, "SF Mono", SFMono-Regular, "Cascadia Code", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}`;

const MARK = `<svg viewBox="0 0 24 24" width="30" height="30" aria-hidden="true"><path d="M5 20.5V11a7 7 0 0 1 14 0v9.5" fill="none" stroke="var(--accent)" stroke-width="2.4" stroke-linecap="round"/><circle cx="12" cy="14.5" r="2.6" fill="var(--bad)"/></svg>`;

/** A small page of our own that needs no script; `body` is HTML that is already safe. */
function makePlainPage(page: { title: string; heading: string; body: string; nonce: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<title>${escapeHtml(page.title)} · Gatewatch</title>
<style nonce="${page.nonce}">
${PALETTE}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink); font: 400 .8125rem/1.25rem var(--sans); -webkit-font-smoothing: antialiased }
main { width: 100%; max-width: 20rem }
header { display: flex; align-items: center; gap: .75rem; padding-bottom: 1rem }
h1 { font-size: 1.1875rem; line-height: 1.6rem; font-weight: 600; letter-spacing: -.025em; margin: 0 }
p { margin: 0 0 1rem; color: var(--muted) }
form { display: grid; gap: .875rem }
label { display: grid; gap: .25rem; font-weight: 500 }
input { font: inherit; font-weight: 400; color: inherit; height: 2.25rem; padding: 0 .625rem; border: 1px solid var(--strong); border-radius: 6px; background: var(--surface) }
small { font-size: .75rem; line-height: 1.125rem; font-weight: 400; color: var(--muted) }
button { font: inherit; font-weight: 500; height: 2.25rem; padding: 0 .75rem; border: 0; border-radius: 6px; background: var(--accent); color: var(--on); cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
a { color: var(--accent); text-underline-offset: 2px }
code { font-family: var(--mono); color: var(--ink) }
details > label { margin-top: .875rem }
summary { cursor: pointer; color: var(--muted) }
.bad { color: var(--bad) }
</style>
</head>
<body>
<main>
<header>${MARK}<h1>${escapeHtml(page.heading)}</h1></header>
${page.body}
</main>
</body>
</html>
`;
}

/** The page behind a one-time link: looking at it, or fetching it ahead, uses nothing up; its button does. */
export function makeLinkPage(page: {
  purpose: "first-admin" | "sign-in";
  nonce: string;
  /** What was wrong with the last try, in words. */
  fault: string | null;
  minPasswordLength: number;
}): string {
  const fault = page.fault === null ? "" : `<p class="bad" role="alert">${escapeHtml(page.fault)}</p>`;
  if (page.purpose === "sign-in") {
    const body = `<p>This link works once.</p>
${fault}<form method="post"><button type="submit" autofocus>Sign in</button></form>`;
    return makePlainPage({ title: "Sign in", heading: "Sign in to Gatewatch", body, nonce: page.nonce });
  }
  const body = `<p>You become the first admin. This link works once.</p>
${fault}<form method="post">
<details${page.fault === null ? "" : " open"}>
<summary>Set an e-mail address and a password too</summary>
<label>E-mail<input name="email" type="email" autocomplete="username" maxlength="254"></label>
<label>Password<input name="password" type="password" autocomplete="new-password" minlength="${page.minPasswordLength}" maxlength="256"><small>At least ${page.minPasswordLength} characters; longer is better, and no rule asks for signs or digits.</small></label>
</details>
<button type="submit" autofocus>Sign in</button>
</form>`;
  return makePlainPage({ title: "Welcome", heading: "Welcome to Gatewatch", body, nonce: page.nonce });
}

export function makeUsedLinkPage(nonce: string): string {
  const body = `<p>It was used already, or its time has passed. On the server's machine, <code>npm start</code> in the clone, or <code>gatewatch start --sign-in-link</code>, prints a new one.</p>
<p><a href="/">Go to the dashboard</a></p>`;
  return makePlainPage({ title: "Link over", heading: "This link is over", body, nonce });
}

export function makeNotBuiltPage(nonce: string): string {
  const body = `<p>The server runs and takes events. In the clone, run <code>npm run build</code> and load this page again. <code>npm start</code> does it by itself.</p>`;
  return makePlainPage({ title: "Not built", heading: "The dashboard is not built yet", body, nonce });
}

export function makeNotFoundPage(nonce: string): string {
  const body = `<p><a href="/">Go to the dashboard</a></p>`;
  return makePlainPage({ title: "Not found", heading: "There is no such page", body, nonce });
}
