import { escapeHtml } from "./escape-html.ts";

/** A small page of our own that needs no script; `body` is HTML that is already safe. */
function makePlainPage(page: { title: string; body: string; nonce: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>${escapeHtml(page.title)} · Gatewatch</title>
<style nonce="${page.nonce}">
:root { color-scheme: light dark; --page: #fbfbfc; --ink: #17181c; --muted: #5b5f6b; --line: #c9ccd6; --accent: #2f5bd7; --on: #fff; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --page: #121317; --ink: #ececf1; --muted: #a0a4b0; --line: #454957; --accent: #8fa9ff; --on: #10131c; --bad: #ff8a80 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { width: 100%; max-width: 22rem }
h1 { font-size: 1.35rem; margin: 0 0 .5rem }
p { margin: 0 0 1rem; color: var(--muted) }
form { display: grid; gap: .75rem }
label { display: grid; gap: .25rem; font-weight: 500 }
input { font: inherit; color: inherit; padding: .5rem .65rem; border: 1px solid var(--line); border-radius: .4rem; background: transparent }
button { font: inherit; font-weight: 600; padding: .55rem; border: 0; border-radius: .4rem; background: var(--accent); color: var(--on); cursor: pointer }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
code { font: .9em ui-monospace, monospace; color: var(--ink) }
details { border-top: 1px solid var(--line); padding-top: .75rem }
details > label { margin-top: .75rem }
summary { cursor: pointer; color: var(--muted) }
.bad { color: var(--bad) }
</style>
</head>
<body>
<main>
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
    const body = `<h1>Sign in to Gatewatch</h1>
<p>This link works once.</p>
${fault}<form method="post"><button type="submit" autofocus>Sign in</button></form>`;
    return makePlainPage({ title: "Sign in", body, nonce: page.nonce });
  }
  const body = `<h1>Welcome to Gatewatch</h1>
<p>You become the first admin. This link works once.</p>
${fault}<form method="post">
<button type="submit" autofocus>Sign in</button>
<details${page.fault === null ? "" : " open"}>
<summary>Set an e-mail address and a password too</summary>
<label>E-mail<input name="email" type="email" autocomplete="username" maxlength="254"></label>
<label>Password<input name="password" type="password" autocomplete="new-password" minlength="${page.minPasswordLength}" maxlength="256"></label>
</details>
</form>`;
  return makePlainPage({ title: "Welcome", body, nonce: page.nonce });
}

export function makeUsedLinkPage(nonce: string): string {
  const body = `<h1>This link is over</h1>
<p>It was used already, or its time has passed. Start the server again with <code>gatewatch start</code>: it prints a new one.</p>
<p><a href="/">Go to the dashboard</a></p>`;
  return makePlainPage({ title: "Link over", body, nonce });
}

export function makeNotBuiltPage(nonce: string): string {
  const body = `<h1>The dashboard is not built yet</h1>
<p>The server runs and takes events. In the clone, run <code>npm run build</code> and load this page again. <code>npm start</code> does it by itself.</p>`;
  return makePlainPage({ title: "Not built", body, nonce });
}

export function makeNotFoundPage(nonce: string): string {
  const body = `<h1>There is no such page</h1>
<p><a href="/">Go to the dashboard</a></p>`;
  return makePlainPage({ title: "Not found", body, nonce });
}
