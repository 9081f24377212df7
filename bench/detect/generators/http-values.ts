import type { RandomSource } from "./random-source.ts";

/** Where a parameter's values come from: a small world of people and goods, the same for all sites. */
export type MakeValue = (random: RandomSource) => string;

const split = (text: string): string[] => text.trim().split(/\s+/);

export const FIRST_NAMES =
  split(`Ana José María Luis Carmen Antonio Lucía Pablo Elena Sergio Inés Íñigo Noelia Álvaro Begoña Raúl Paula Óscar Rocío Iván
  Núria Jaume Montserrat Xavier Edurne Gorka Ainhoa Mireia Anselmo Basilio Casilda Delfina Eulalia Froilán Gertrudis Hilario Ildefonso Jacinta Leocadia Macario
  Nicanor Olegario Petronila Quintín Remedios Saturnino Telesforo Ursula Venancio Wenceslao Zoraida Brigitte Günther Ólafur Zoë Chloé François Søren`);
export const LAST_NAMES =
  split(`García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Martín Jiménez Ruiz Hernández Díaz Moreno Álvarez Muñoz
  Romero Alonso Gutiérrez Navarro Torres Domínguez Vázquez Ramos Gil Ramírez Serrano Blanco Molina Suárez Ortega Delgado Castro Ortiz Rubio Marín Sanz Iglesias
  Núñez Medina Garrido Cortés Castillo Santos Lozano Guerrero Cano Prieto Méndez Cruz Gallego Vidal León O'Brien D'Angelo Müller Saint-Exupéry Peña Ibáñez`);
const CITIES =
  split(`Madrid Barcelona Valencia Sevilla Zaragoza Málaga Murcia Palma Bilbao Alicante Córdoba Valladolid Vigo Gijón Granada Elche Oviedo Badalona
  Cartagena Jerez Pamplona Almería Burgos Salamanca Huelva Logroño Badajoz León Cádiz Lleida Tarragona Ourense Lugo Soria Ávila Segovia Cuenca`);
const STREETS =
  split(`Mayor Real Nueva Iglesia Sol Luna Fuente Castillo Constitución Libertad Gran-Vía Alcalá Serrano Velázquez Goya Cervantes Quevedo Colón
  Trafalgar Olivo Almendro Rosales Pinos Eras Molino Puente Río Sierra Norte Sur Levante Poniente`);
const THINGS =
  split(`wine cheese ham bread oil honey rice coffee tea chocolate lamp table chair shelf mirror carpet pillow blanket knife pan pot kettle mug plate
  bicycle helmet tent rope boots jacket scarf gloves radio phone cable charger speaker camera tripod printer paper pencil ink novel atlas puzzle`);
const KINDS = split(
  `red white old young fresh smoked dark light large small wooden steel blue green soft double classic premium organic local spare folding`,
);
const WORDS =
  split(`the a my our please can you send it to this was very good not what I we expected and but with for from quickly late broken perfect again
  delivery order parcel box colour size price friend birthday gift present neighbour door bell week tomorrow yesterday thanks great quality service
  would like different one return exchange never always select update from where drop insert into table union all`);
const MAIL_HOSTS = split(
  `mail.example example.com correo.example post.example inbox.example uni.example.edu empresa-grande.example`,
);

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const WORD_CHARS = `${LOWER}${LOWER.toUpperCase()}${DIGITS}`;

/** Products of a site: a name, and a price that belongs to it. */
export function makeGoods(random: RandomSource, count: number): { name: string; price: string }[] {
  return Array.from({ length: count }, () => {
    const words = [random.pick(KINDS), random.pick(THINGS)];
    if (random.chance(0.3)) words.push(random.pick(THINGS));
    const name = words.map((word) => (random.chance(0.7) ? word[0]!.toUpperCase() + word.slice(1) : word)).join(" ");
    return { name: random.chance(0.08) ? `${name} 3/4` : name, price: (2 + random.exponential(60)).toFixed(2) };
  });
}

export const lastName: MakeValue = (random) =>
  random.chance(0.6)
    ? `${random.pickSkewed(LAST_NAMES)} ${random.pickSkewed(LAST_NAMES)}`
    : random.pickSkewed(LAST_NAMES);

export const firstName: MakeValue = (random) =>
  random.chance(0.12)
    ? `${random.pickSkewed(FIRST_NAMES)} ${random.pickSkewed(FIRST_NAMES)}`
    : random.pickSkewed(FIRST_NAMES);

export const login: MakeValue = (random) => {
  const stem = toPlain(random.pick(FIRST_NAMES)).toLowerCase();
  const end = random.pick([
    "",
    "",
    String(random.whole(1, 99)),
    String(random.whole(1950, 2010)),
    `_${random.text(2, LOWER)}`,
  ]);
  return stem + (random.chance(0.3) ? `.${toPlain(random.pick(LAST_NAMES)).toLowerCase()}` : "") + end;
};

export const email: MakeValue = (random) => `${login(random)}@${random.pickSkewed(MAIL_HOSTS)}`;

export const password: MakeValue = (random) =>
  random.chance(0.75)
    ? random.text(random.whole(6, 14), WORD_CHARS)
    : random.text(random.whole(8, 16), `${WORD_CHARS}!$*-_.`);

export const nationalId: MakeValue = (random) => {
  const digits = random.text(8, DIGITS);
  return digits + "TRWAGMYFPDXBNJZSQVHLCKE"[Number(digits) % 23];
};

export const cardNumber: MakeValue = (random) =>
  random.pick(["4", "5", "37"]).padEnd(2, random.text(1, DIGITS)) + random.text(14, DIGITS);

export const street: MakeValue = (random) => {
  const kind = random.pickSkewed(["Calle", "Avenida", "C/", "Plaza", "Paseo", "Avda."]);
  const rest = random.chance(0.5)
    ? ""
    : `, ${random.whole(1, 9)}${random.pick(["º", "ª", ""])} ${random.pick(["A", "B", "izq.", "dcha."])}`;
  return `${kind} ${random.pick(STREETS)} ${random.chance(0.05) ? "s/n" : random.whole(1, 220)}${rest}`;
};

export const city: MakeValue = (random) => random.pickSkewed(CITIES);
export const postalCode: MakeValue = (random) => String(random.whole(1000, 52999)).padStart(5, "0");
export const phone: MakeValue = (random) =>
  (random.chance(0.15) ? "+34 " : "") + random.pick(["6", "9"]) + random.text(8, DIGITS);
export const quantity: MakeValue = (random) => String(1 + Math.floor(random.exponential(2)));
export const smallId: MakeValue = (random) => String(1 + Math.floor(random.exponential(80)));
export const date: MakeValue = (random) =>
  `20${random.whole(18, 26)}-${pad(random.whole(1, 12))}-${pad(random.whole(1, 28))}`;
export const token: MakeValue = (random) => random.text(32, "0123456789abcdef");
export const base64: MakeValue = (random) => `${random.text(random.pick([22, 23, 27]), `${WORD_CHARS}+/`)}=`;
export const uuid: MakeValue = (random) => {
  const hex = random.text(32, "0123456789abcdef");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join("-");
};

export const search: MakeValue = (random) => {
  const words = Array.from({ length: random.whole(1, 4) }, () =>
    random.pickSkewed(random.chance(0.7) ? THINGS : KINDS),
  );
  if (random.chance(0.04)) words.push(random.pick(["<50", "&", "20%", "'blue'", "(new)", "a/b", "#1"]));
  return words.join(" ");
};

export const comment: MakeValue = (random) => {
  const sentences = Array.from({ length: random.whole(1, 3) }, () => {
    const words = Array.from({ length: random.whole(3, 14) }, () => random.pickSkewed(WORDS));
    if (random.chance(0.12))
      words.splice(2, 0, random.pick(["don't", "it's", "(really)", "--", "50%", "e.g.", '"nice"', "and/or", "R&D;"]));
    return words.join(random.chance(0.05) ? ", " : " ") + random.pick([".", ".", "!", "?", " :)", ""]);
  });
  return sentences.join(" ");
};

export const agent: MakeValue = (random) => {
  const major = random.whole(100, 140);
  const system = random.pickSkewed([
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "iPhone; CPU iPhone OS 17_4 like Mac OS X",
  ]);
  if (random.chance(0.2)) return `Mozilla/5.0 (${system}; rv:${major}.0) Gecko/20100101 Firefox/${major}.0`;
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
};

export function oneOf(values: readonly string[]): MakeValue {
  return (random) => random.pickSkewed(values);
}

export function toPlain(text: string): string {
  return text.normalize("NFD").replaceAll(/[^A-Za-z]/g, "");
}

const pad = (value: number): string => String(value).padStart(2, "0");
