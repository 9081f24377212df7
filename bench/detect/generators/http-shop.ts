import * as values from "./http-values.ts";
import type { RandomSource } from "./random-source.ts";

/** A parameter of a page. */
export interface Parameter {
  name: string;
  make: values.MakeValue;
  /** Share of requests that carry it. */
  share: number;
  kind: "number" | "choice" | "text" | "id";
}

export interface Page {
  path: string;
  method: "GET" | "POST";
  parameters: readonly Parameter[];
}

/** A request before it is written down: names and values in order, undecorated. */
export interface ShopRequest {
  page: Page;
  method: string;
  path: string;
  pairs: [name: string, value: string][];
  cookie: string;
  agent: string;
  address: string;
  atMs: number;
  /** What an attack has changed: a parameter's name, or `path`, `method`; undefined for normal requests. */
  changed?: string | undefined;
  /** What a changed name was before. */
  formerly?: string | undefined;
  /** Family of the attack. */
  family?: string | undefined;
}

type Draft = readonly [names: readonly string[], kind: Parameter["kind"], make: values.MakeValue, share?: number];

/** A web shop like the one of CSIC 2010: its pages, names of parameters and goods differ with the seed. */
export class Shop {
  readonly pages: readonly Page[];
  readonly statics: readonly string[];
  readonly #random: RandomSource;
  readonly #strangers: { address: string; agent: string; session: string }[] = [];
  readonly #sessionName: string;
  #atMs = 1_750_000_000_000;

  constructor(random: RandomSource) {
    this.#random = random;
    this.#sessionName = random.pick(["JSESSIONID", "PHPSESSID", "sid"]);
    const end = random.pick([".jsp", ".php", "", ".do"]);
    const base = random.pick(["/store/public", "/shop", "/tienda", ""]);
    this.pages = makePages(random, base, end);
    this.statics = Array.from({ length: random.whole(30, 90) }, () => {
      const folder = random.pick(["images", "img/products", "css", "js", "docs"]);
      const name =
        random.text(random.whole(3, 9), "abcdefghilmnoprstuv") +
        (random.chance(0.3) ? String(random.whole(1, 20)) : "");
      return `${base}/${folder}/${name}.${random.pick(["jpg", "gif", "png", "css", "js", "ico"])}`;
    });
    for (let index = 0; index < 400; index++) this.#strangers.push(this.#makeStranger());
  }

  /** A normal request; each is some seconds after the one before. */
  next(): ShopRequest {
    const random = this.#random;
    this.#atMs += random.exponential(1500);
    const at = random.whole(0, this.#strangers.length - 1);
    if (random.chance(0.02)) this.#strangers[at] = this.#makeStranger();
    const { address, agent, session } = this.#strangers[at]!;
    const cookie = `${this.#sessionName}=${session}`;
    const rest = { cookie, agent, address, atMs: Math.round(this.#atMs) };
    if (random.chance(0.25)) {
      const path = random.pickSkewed(this.statics);
      return { page: { path, method: "GET", parameters: [] }, method: "GET", path, pairs: [], ...rest };
    }
    const page = random.pickSkewed(this.pages, 0.4);
    const pairs: [string, string][] = [];
    for (const { name, make, share } of page.parameters) if (random.chance(share)) pairs.push([name, make(random)]);
    return { page, method: page.method, path: page.path, pairs, ...rest };
  }

  #makeStranger(): { address: string; agent: string; session: string } {
    const random = this.#random;
    const address = `${random.whole(2, 220)}.${random.whole(0, 255)}.${random.whole(0, 255)}.${random.whole(1, 254)}`;
    return { address, agent: values.agent(random), session: random.text(32, "0123456789ABCDEF") };
  }
}

function makePages(random: RandomSource, base: string, end: string): Page[] {
  const goods = values.makeGoods(random, random.whole(12, 200));
  const categories = values.makeGoods(random, random.whole(4, 12)).map(({ name }) => name.split(" ")[0]!.toLowerCase());
  const drafts: Record<string, Draft> = {
    good: [["id", "product", "pid", "item"], "id", (r) => String(goods.indexOf(r.pickSkewed(goods)) + 1)],
    name: [["name", "nombre", "title", "article"], "choice", (r) => r.pickSkewed(goods).name],
    price: [["price", "precio", "cost"], "number", (r) => r.pickSkewed(goods).price],
    quantity: [["quantity", "cantidad", "qty", "n"], "number", values.quantity],
    go: [
      ["B1", "submit", "btn", "action"],
      "choice",
      values.oneOf([random.pick(["Add to cart", "Añadir al carrito", "buy"])]),
    ],
    mode: [["mode", "modo", "do", "step"], "choice", values.oneOf(["enter", "register", "insert", "change"])],
    login: [["login", "user", "username"], "text", values.login],
    password: [["pwd", "password", "pass"], "text", values.password],
    remember: [["remember", "keep"], "choice", values.oneOf(["on", "off"]), 0.6],
    first: [["first", "nombre", "fname"], "text", values.firstName],
    last: [["last", "apellidos", "surname"], "text", values.lastName],
    email: [["email", "mail"], "text", values.email],
    national: [["dni", "tax_id", "nif"], "text", values.nationalId],
    street: [["address", "direccion", "street"], "text", values.street],
    city: [["city", "ciudad", "town"], "text", values.city],
    postal: [["cp", "zip", "postcode"], "number", values.postalCode],
    card: [["ntc", "card", "cc"], "number", values.cardNumber],
    phone: [["phone", "tel"], "number", values.phone, 0.8],
    query: [["q", "search", "s"], "text", values.search],
    sort: [["sort", "order"], "choice", values.oneOf(["price", "name", "-price", "new"]), 0.5],
    page: [["page", "p"], "number", values.smallId, 0.4],
    category: [["category", "cat"], "choice", values.oneOf(categories)],
    comment: [["comment", "text", "message"], "text", values.comment],
    stars: [["stars", "rating"], "choice", values.oneOf(["5", "4", "1", "3", "2"])],
    back: [
      ["return", "next", "url"],
      "choice",
      (r) => `${base}/${r.pickSkewed(["cart", "index", "account", "orders"])}${end}`,
      0.5,
    ],
    token: [["csrf", "token", "_t"], "id", values.token],
    order: [["order_id", "oid"], "id", values.uuid],
    from: [["from", "since"], "text", values.date, 0.7],
    state: [["state", "VS"], "id", values.base64],
    coupon: [
      ["coupon", "code"],
      "text",
      (r) => `${r.pick(["SALE", "HOLA", "VIP"])}-${r.text(6, "ABCDEFGHJKMNPQRSTUVWXYZ23456789")}`,
      0.15,
    ],
    lang: [["lang", "hl"], "choice", values.oneOf(["es", "en", "fr", "de"]), 0.3],
  };
  const parameters = new Map<string, Parameter>();
  for (const [draft, [names, kind, make, share = 1]] of Object.entries(drafts))
    parameters.set(draft, { name: random.pick(names), kind, make, share });
  const plans: [string, "GET" | "POST" | "any", string][] = [
    ["index", "GET", ""],
    ["list", "GET", "category sort page lang"],
    ["show", "GET", "good lang"],
    ["search", "GET", "query category sort page"],
    ["add", "any", "good name price quantity go"],
    ["cart", "GET", "token"],
    ["enter", "POST", "mode login password remember go"],
    ["register", "any", "mode login password first last email national street city postal card go"],
    ["account", "GET", ""],
    ["profile", "POST", "first last email phone street city postal token"],
    ["pay", "POST", "order card national price token"],
    ["orders", "GET", "from page"],
    ["review", "POST", "good stars comment token"],
    ["contact", "POST", "first email comment"],
    ["coupon", "POST", "coupon order token"],
    ["leave", "GET", "back"],
    ["language", "GET", "lang back"],
    ["wizard", "POST", "state mode quantity city"],
  ];
  const words = {
    index: "home",
    list: "catalogue",
    show: "characteristics",
    add: "anadir",
    enter: "authenticate",
    leave: "logout",
  };
  return random
    .shuffled(plans)
    .slice(0, random.whole(12, plans.length))
    .map(([plan, method, list]) => {
      const name = random.chance(0.5) ? plan : (words[plan as keyof typeof words] ?? plan);
      const chosen = list.split(" ").flatMap((draft) => parameters.get(draft) ?? []);
      return {
        path: `${base}/${name}${end}`,
        method: method === "any" ? random.pick(["GET", "POST"]) : method,
        parameters: chosen,
      };
    });
}
