/** The figures of a row and of its heading, in one place so that they stand above each other. */
export const COLUMNS = [
  { name: "24 hours", className: "hidden w-24 md:block" },
  { name: "Events", className: "w-14 text-right" },
  { name: "Users", className: "hidden w-14 text-right sm:block" },
  { name: "First", className: "hidden w-14 text-right lg:block" },
  { name: "Last", className: "hidden w-14 text-right sm:block" },
] as const;
