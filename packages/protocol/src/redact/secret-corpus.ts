import type { Json } from "../event.ts";

/** Test data: made-up secrets of many forms, planted where secrets turn up in practice. Nothing else may import this file. */

interface Planted {
  /** What it is, for the message of a failing test. */
  kind: string;
  /** The text that must be found nowhere afterwards. */
  secret: string;
}

export type PlantedSecret =
  | (Planted & { place: "header" | "cookie"; name: string; value: string })
  | (Planted & { place: "query"; name: string; value: string })
  | (Planted & { place: "body"; body: Json })
  | (Planted & { place: "message" | "source"; text: string })
  | (Planted & { place: "breadcrumb"; message: string; data: { [key: string]: Json } });

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const DIGITS = "0123456789";
const HEX = "0123456789abcdef";
const ALPHANUMERIC = LOWER + UPPER + DIGITS;

interface Source {
  pick<T>(items: readonly T[]): T;
  text(alphabet: string, length: number): string;
}

function createSource(seed: number): Source {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const text = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]!).join("");
  return { text, pick: (items) => items[Math.floor(next() * items.length)]! };
}

/** A number with a valid Luhn digit. */
function makeCard(source: Source, prefix: string, length: number): string {
  const body = prefix + source.text(DIGITS, length - prefix.length - 1);
  let sum = 0;
  for (let index = 0; index < body.length; index++) {
    const digit = Number(body[body.length - 1 - index]);
    sum += index % 2 === 0 ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return body + String((10 - (sum % 10)) % 10);
}

function encode(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
}

function makeJwt(source: Source): string {
  return `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ sub: source.text(DIGITS, 8), iat: 1795165200 })}.${source.text(ALPHANUMERIC, 43)}`;
}

/** Secrets that can be told by their form, wherever they stand. Put together here, so that no scanner of sources trips over them. */
function makeFormedSecrets(source: Source): Planted[] {
  const tail = (length: number) => `${source.text(ALPHANUMERIC, length - 2)}7Q`;
  const card = (prefix: string, length: number) => makeCard(source, prefix, length);
  const grouped = (number: string, separator: string) => number.replace(/(.{4})(?=.)/g, `$1${separator}`);
  const formed: [string, string][] = [
    ["JWT", makeJwt(source)],
    ["AWS key id", `AK${"IA"}${source.text(UPPER, 15)}7`],
    ["AWS session key id", `AS${"IA"}${source.text(UPPER, 15)}3`],
    ["GitHub token", `gh${"p_"}${tail(36)}`],
    ["GitHub server token", `gh${"s_"}${tail(36)}`],
    ["GitHub fine-grained token", `github_${"pat_"}${tail(22)}_${tail(59)}`],
    ["GitLab token", `gl${"pat-"}${tail(20)}`],
    ["Slack bot token", `xo${"xb-"}${source.text(DIGITS, 12)}-${source.text(DIGITS, 12)}-${tail(24)}`],
    ["Slack user token", `xo${"xp-"}${source.text(DIGITS, 12)}-${tail(24)}`],
    ["Stripe live key", `sk_${"live_"}${tail(24)}`],
    ["Stripe restricted key", `rk_${"live_"}${tail(24)}`],
    ["Stripe webhook secret", `wh${"sec_"}${tail(32)}`],
    ["Google API key", `AI${"za"}${tail(35)}`],
    ["Google OAuth secret", `GOC${"SPX-"}${tail(28)}`],
    ["Google access token", `ya${"29."}${tail(60)}`],
    ["npm token", `np${"m_"}${tail(36)}`],
    ["PyPI token", `py${"pi-"}AgEIcHlwaS5vcmc${tail(60)}`],
    ["OpenAI key", `s${"k-"}${tail(48)}`],
    ["OpenAI project key", `s${"k-proj-"}${tail(48)}`],
    ["Anthropic key", `s${"k-ant-api03-"}${tail(80)}`],
    ["SendGrid key", `S${"G."}${tail(22)}.${tail(43)}`],
    ["Twilio key", `S${"K"}${source.text(HEX, 32)}`],
    ["Mailgun key", `k${"ey-"}${source.text(HEX, 32)}`],
    ["Shopify token", `shp${"at_"}${source.text(HEX, 32)}`],
    ["DigitalOcean token", `dop${"_v1_"}${source.text(HEX, 64)}`],
    ["Hugging Face token", `h${"f_"}${tail(34)}`],
    ["Vault token", `hv${"s."}${tail(90)}`],
    ["bot token", `${source.text("123456789", 9)}:A${tail(34)}`],
    [
      "Driftlock key",
      `dl${"k_"}${source.text(HEX, 8)}-${source.text(HEX, 4)}-4${source.text(HEX, 3)}-a${source.text(HEX, 3)}-${source.text(HEX, 12)}.${tail(32)}`,
    ],
    ["Gatewatch token", `gatewatch_${"in_"}${tail(40)}`],
    ["Visa", card("4", 16)],
    ["Visa with blanks", grouped(card("4", 16), " ")],
    ["Mastercard", card("55", 16)],
    ["Mastercard with dashes", grouped(card("2221", 16), "-")],
    ["American Express", card("37", 15)],
    ["Diners", card("36", 14)],
    ["Discover", card("6011", 16)],
    ["JCB", card("3528", 16)],
    ["UnionPay of 19 digits", card("62", 19)],
  ];
  return formed.map(([kind, secret]) => ({ kind, secret }));
}

const SECRET_NAMES = [
  "password",
  "passwd",
  "newPassword",
  "password_confirmation",
  "db-password",
  "secret",
  "clientSecret",
  "client_secret",
  "apiKey",
  "api_key",
  "X-Api-Key",
  "apikey",
  "access_token",
  "accessToken",
  "refresh_token",
  "idToken",
  "auth_token",
  "authorization",
  "credentials",
  "private_key",
  "sshKey",
  "session_id",
  "sessionToken",
  "csrfToken",
  "cardNumber",
  "credit_card",
  "cvv",
  "ssn",
  "passphrase",
  "otp",
  "AWS_SECRET_ACCESS_KEY",
  "STRIPE_SECRET_KEY",
  "encryptionKey",
  "connectionString",
] as const;

function makePassword(source: Source): string {
  return `${source.text(UPPER, 2)}${source.text(LOWER, 5)}${source.text(DIGITS, 3)}${source.pick(["!", "#", "$", "%", "_x", ""])}${source.text(ALPHANUMERIC, 4)}`;
}

function planInHeaders(source: Source): PlantedSecret[] {
  const basic = btoa(`ada:${makePassword(source)}`);
  const bearer = source.text(ALPHANUMERIC, 32);
  const digest = source.text(HEX, 32);
  const own: [string, string, string, string][] = [
    ["bearer", "Authorization", `Bearer ${bearer}`, bearer],
    ["short bearer", "authorization", "Bearer abc123token", "abc123token"],
    ["basic", "AUTHORIZATION", `Basic ${basic}`, basic],
    ["digest", "authorization", `Digest username="ada", response="${digest}"`, digest],
    ["proxy", "Proxy-Authorization", `Basic ${basic}`, basic],
    ["referer", "Referer", `https://shop.example/reset?token=${bearer}&lang=en`, bearer],
    ["location", "location", `https://ada:${digest}@shop.example/`, digest],
    ["address", "X-Forwarded-For", "203.0.113.77, 198.51.100.3", "203.0.113.77"],
  ];
  const named = [
    "X-Api-Key",
    "api-key",
    "X-Auth-Token",
    "x-access-token",
    "X-CSRF-Token",
    "x-xsrf-token",
    "X-Amz-Security-Token",
    "X-Goog-Api-Key",
    "X-Vault-Token",
    "X-Client-Secret",
    "X-Hub-Signature-256",
    "Stripe-Signature",
  ].map((name): [string, string, string, string] => {
    const value = source.text(ALPHANUMERIC, 28);
    return ["named header", name, value, value];
  });
  const formed = makeFormedSecrets(source).map(({ kind, secret }): [string, string, string, string] => [
    kind,
    source.pick(["X-Debug", "x-trace-info", "Accept", "Via"]),
    source.pick([secret, `v1 ${secret}`, `id=${secret}; path=/`]),
    secret,
  ]);
  return [...own, ...named, ...formed].map(([kind, name, value, secret]) => ({
    place: "header",
    kind,
    name,
    value,
    secret,
  }));
}

function planInCookies(source: Source): PlantedSecret[] {
  return ["sid", "connect.sid", "session", "PHPSESSID", "JSESSIONID", "remember_me", "_shop_auth", "theme"].flatMap(
    (cookie) => {
      const secret = `s%3A${source.text(ALPHANUMERIC, 32)}`;
      return [
        { place: "cookie", kind: cookie, name: "Cookie", value: `lang=en; ${cookie}=${secret}; a=b`, secret } as const,
        {
          place: "cookie",
          kind: cookie,
          name: "set-cookie",
          value: `${cookie}=${secret}; Path=/; HttpOnly`,
          secret,
        } as const,
      ];
    },
  );
}

function planInQueries(source: Source): PlantedSecret[] {
  const named = [...SECRET_NAMES, "sig", "X-Amz-Signature", "code", "key", "ticket"].map((name) => ({
    kind: `?${name}=`,
    name,
    secret: source.text(ALPHANUMERIC, 26),
  }));
  const formed = makeFormedSecrets(source).map(({ kind, secret }) => ({
    kind,
    name: source.pick(["q", "id", "next", "ref"]),
    secret,
  }));
  return [...named, ...formed].map(({ kind, name, secret }) => ({ place: "query", kind, name, secret, value: secret }));
}

function planInBodies(source: Source): PlantedSecret[] {
  const shapes: ((name: string, secret: string) => Json)[] = [
    (name, secret) => ({ user: "ada", [name]: secret }),
    (name, secret) => ({ account: { profile: { [name]: secret }, lang: "en" } }),
    (name, secret) => [{ id: 1 }, { id: 2, [name]: { value: secret, kind: "x" } }],
    (name, secret) => JSON.stringify({ user: "ada", [name]: secret }),
    (name, secret) => `user=ada&${name}=${secret}&lang=en`,
    (name, secret) => ({ payload: JSON.stringify({ deep: JSON.stringify({ [name]: secret }) }) }),
    (name, secret) => ({ fields: [{ name, value: secret }] }),
    (name, secret) => ({ entries: [[name, secret]] }),
  ];
  const named: PlantedSecret[] = SECRET_NAMES.flatMap((name, index) =>
    [0, 3].map((offset) => {
      const secret = makePassword(source).replace(/[%#$]/g, "_");
      return {
        place: "body",
        kind: `${name} in a body`,
        secret,
        body: shapes[(index + offset) % shapes.length]!(name, secret),
      };
    }),
  );
  const formed: PlantedSecret[] = makeFormedSecrets(source).map(({ kind, secret }) => ({
    place: "body",
    kind,
    secret,
    body: source.pick<Json>([{ note: `paid with ${secret} today` }, [secret], { deep: { a: [{ b: secret }] } }]),
  }));
  return [...named, ...formed];
}

function planInTexts(source: Source): PlantedSecret[] {
  const messages: ((secret: string) => string)[] = [
    (secret) => `login failed for ada with password=${secret}`,
    (secret) => `connect ECONNREFUSED postgres://shop:${secret}@db.internal:5432/shop`,
    (secret) => `upstream answered 401 to Authorization: Bearer ${secret}`,
    (secret) => `request failed: {"user":"ada","password":"${secret}","lang":"en"}`,
    (secret) => `bad payload {\\"apiKey\\": \\"${secret}\\", \\"n\\": 1}`,
    (secret) => `{'username': 'ada', 'api_key': '${secret}'}`,
    (secret) => `GET https://api.example/v1/items?access_token=${secret}&page=2 failed`,
    (secret) => `spawn mysql --password ${secret} --host db exited with 1`,
    (secret) => `spawn mysql --password=${secret} --host db exited with 1`,
    (secret) => `headers were\nHost: a\nCookie: lang=en; sid=${secret}\nAccept: */*`,
    (secret) => `config DB_PASSWORD=${secret}, DB_HOST=db`,
    (secret) => `<login><user>ada</user><password>${secret}</password></login>`,
    (secret) => `curl -H "X-Api-Key: ${secret}" https://api.example`,
    (secret) => `secret: ${secret}`,
    (secret) => `client_secret = ${secret}`,
    (secret) => `refreshToken=${secret};`,
    (secret) => `the password is ${secret}`,
    (secret) => `https://hooks.slack.com/services/T0001/B0002/${secret}`,
  ];
  const lines: ((secret: string) => string)[] = [
    (secret) => `const apiKey = "${secret}";`,
    (secret) => `  password: '${secret}',`,
    (secret) => `let token: string = \`${secret}\`;`,
    (secret) => `PASSWORD = b"${secret}"`,
    (secret) => `    client = Client(api_key="${secret}", timeout=5)`,
    (secret) => `const db = "postgres://shop:${secret}@db/shop";`,
    (secret) => `if (password === "${secret}") {`,
    (secret) => `const secret = process.env.SECRET || "${secret}";`,
    (secret) => `const signingKey = Buffer.from("${secret}", "hex");`,
    (secret) => `headers: { authorization: "Bearer ${secret}" },`,
    (secret) => `  config["client_secret"] = "${secret}"`,
    (secret) => `export AWS_SECRET_ACCESS_KEY=${secret}`,
  ];
  const planted = (place: "message" | "source", shapes: ((secret: string) => string)[]): PlantedSecret[] =>
    shapes.map((shape, index) => {
      const secret = `${source.text(ALPHANUMERIC, 14)}9z`;
      return { place, kind: `${place} ${index + 1}`, secret, text: shape(secret) };
    });
  const formed: PlantedSecret[] = makeFormedSecrets(source).flatMap(({ kind, secret }, index) => [
    { place: "message", kind, secret, text: index % 2 === 0 ? `could not use ${secret}, giving up` : `(${secret})` },
    { place: "source", kind, secret, text: `  const value = send("${secret}"); // ${index}` },
  ]);
  const pem = `-----BEGIN ${"PRIVATE"} KEY-----\n${source.text(ALPHANUMERIC, 64)}\n${source.text(ALPHANUMERIC, 64)}\n-----END ${"PRIVATE"} KEY-----`;
  const keyLine = `${source.text(ALPHANUMERIC, 62)}3q`;
  return [
    ...planted("message", messages),
    ...planted("source", lines),
    ...formed,
    { place: "message", kind: "private key", secret: pem.slice(28, 92), text: `cannot parse ${pem} as a key` },
    { place: "message", kind: "escaped private key", secret: pem.slice(28, 92), text: JSON.stringify({ key: pem }) },
    { place: "source", kind: "line of a private key", secret: keyLine, text: keyLine },
  ];
}

function planInBreadcrumbs(source: Source): PlantedSecret[] {
  const named: PlantedSecret[] = SECRET_NAMES.map((name) => {
    const secret = source.text(ALPHANUMERIC, 20);
    return { place: "breadcrumb", kind: name, secret, message: "user clicked", data: { step: 2, [name]: secret } };
  });
  const formed: PlantedSecret[] = makeFormedSecrets(source).map(({ kind, secret }) => ({
    place: "breadcrumb",
    kind,
    secret,
    message: `GET /pay?ref=${secret} 200`,
    data: { url: `https://pay.example/${secret}/done`, ms: 12 },
  }));
  return [...named, ...formed];
}

/** At least 300 planted secrets; the same seed gives the same list. */
export function makeSecretCorpus(seed = 1): PlantedSecret[] {
  const source = createSource(seed);
  return [
    ...planInHeaders(source),
    ...planInCookies(source),
    ...planInQueries(source),
    ...planInBodies(source),
    ...planInTexts(source),
    ...planInBreadcrumbs(source),
  ];
}

/** Texts of everyday life that hold no secret. */
export function makeBenignCorpus(seed = 2): string[] {
  const source = createSource(seed);
  const repeat = (count: number, make: () => string) => Array.from({ length: count }, make);
  const uuid = () =>
    `${source.text(HEX, 8)}-${source.text(HEX, 4)}-7${source.text(HEX, 3)}-a${source.text(HEX, 3)}-${source.text(HEX, 12)}`;
  return [
    ...repeat(60, uuid),
    ...repeat(40, () => source.text(HEX, 40)),
    ...repeat(40, () => source.text(HEX, 64)),
    ...repeat(60, () => `17951${source.text(DIGITS, 8)}`),
    ...repeat(60, () => `order ${source.text(DIGITS, 10)} shipped`),
    ...repeat(60, () => `ORD-${source.text(DIGITS, 12)}`),
    ...repeat(60, () => `order 1${source.text(DIGITS, 15)} of 17951${source.text(DIGITS, 8)}`),
    ...repeat(40, () => `+49 ${source.text(DIGITS, 3)} ${source.text(DIGITS, 4)} ${source.text(DIGITS, 3)}`),
    ...repeat(40, () => `/users/${source.text(DIGITS, 6)}/orders/${uuid()}`),
    ...repeat(40, () => `0.${source.text(DIGITS, 16)}`),
    ...repeat(40, () => `192.168.${source.pick(["1", "20"])}.${source.pick(["4", "77"])}:54${source.text(DIGITS, 3)}`),
    ...repeat(
      20,
      () =>
        `2026-11-${source.pick(["01", "20"])}T1${source.text("0123", 1)}:03:0${source.text(DIGITS, 1)}.${source.text(DIGITS, 3)}Z`,
    ),
    ...BENIGN_TEXTS,
  ];
}

const BENIGN_TEXTS = [
  "Unexpected token < in JSON at position 0",
  "Unexpected token } in JSON",
  "SyntaxError: Unexpected token: }",
  "Invalid token",
  "token expired",
  "jwt: token is malformed",
  "Error: token: must be a string",
  "ValidationError: password: Path `password` is required.",
  "password: must be at least 8 characters long",
  "Password is required",
  "the password is incorrect",
  "Your password must contain a digit",
  "Missing credentials",
  "Basic authentication failed for user ada",
  "Bearer token missing",
  "bearer authentication is required",
  "Cannot read properties of undefined (reading 'token')",
  "Cannot read properties of null (reading 'password')",
  "secretary of state, passenger list, authored by ada",
  "max_tokens: 4096, total_tokens: 128",
  "nextPageToken=2&page=3",
  "authorization: required",
  "const token = req.headers.authorization.split(' ')[1];",
  "const password = req.body.password;",
  "if (!token) throw new Error('no token');",
  "const session = await getSession(req);",
  "function verifyToken(token) {",
  "    at verifyToken (/srv/app/src/auth/token.ts:42:17)",
  '  File "/srv/app/auth/token.py", line 42, in verify_token',
  "connect ECONNREFUSED 127.0.0.1:5432",
  "getaddrinfo ENOTFOUND api.example",
  "https://shop.example/products?color=blue&size=42",
  "https://shop.example/@ada/posts",
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
  "curl/8.5.0",
  "SELECT id, name FROM users WHERE id = 17 AND deleted = false",
  "Deadlock found when trying to get lock; try restarting transaction",
  "key: value pairs are parsed line by line",
  "the keyboard shortcut is Ctrl-K",
  "sk-button-primary-large",
  "re_order_line_item_list_of_names",
  "hf_model_names_in_the_list",
  "usage: cli <token> <file>",
  "duplicate key value violates unique constraint",
  "pinned to version 1.2.3",
  "git commit 4f2c9e1 by ada",
  "sessions are kept for 14 days",
  "cookie consent was given",
  "author: Ada Lovelace",
  "tokenize: 12 words",
];
