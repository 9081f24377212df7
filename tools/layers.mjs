// Who may import whom. `tools/check-layers.mjs` enforces this table and draws it in ARCHITECTURE.md.
// A layer is a list of path prefixes; a file belongs to the longest prefix that fits.
export const LAYERS = [
  { name: "protocol", paths: ["packages/protocol/src"], mayImport: [] },
  { name: "detect", paths: ["packages/detect/src"], mayImport: [] },

  { name: "gatewatch/gate", paths: ["packages/gatewatch/src/gate"], mayImport: ["protocol"] },
  {
    name: "gatewatch/record",
    paths: ["packages/gatewatch/src/record"],
    mayImport: ["protocol", "gatewatch/gate", "gatewatch/ship"],
  },
  { name: "gatewatch/ship", paths: ["packages/gatewatch/src/ship"], mayImport: ["protocol"] },
  {
    name: "gatewatch/state",
    paths: ["packages/gatewatch/src/state"],
    mayImport: ["protocol", "gatewatch/gate"],
  },
  {
    name: "gatewatch/metrics",
    paths: ["packages/gatewatch/src/metrics"],
    mayImport: ["gatewatch/gate"],
  },
  { name: "gatewatch/detect-client", paths: ["packages/gatewatch/src/detect-client"], mayImport: [] },
  { name: "gatewatch/options", paths: ["packages/gatewatch/src/options"], mayImport: ["protocol", "gatewatch/gate"] },
  {
    name: "gatewatch/layers",
    paths: ["packages/gatewatch/src/layers"],
    mayImport: [
      "protocol",
      "detect",
      "gatewatch/gate",
      "gatewatch/record",
      "gatewatch/options",
      "gatewatch/state",
      "gatewatch/metrics",
    ],
  },
  {
    name: "gatewatch/create",
    paths: ["packages/gatewatch/src"],
    mayImport: [
      "protocol",
      "detect",
      "gatewatch/gate",
      "gatewatch/record",
      "gatewatch/ship",
      "gatewatch/state",
      "gatewatch/metrics",
      "gatewatch/options",
      "gatewatch/layers",
      "gatewatch/detect-client",
    ],
  },
  {
    name: "gatewatch/adapters",
    paths: ["packages/gatewatch/src/adapters"],
    mayImport: ["protocol", "gatewatch/gate", "gatewatch/metrics", "gatewatch/options", "gatewatch/create"],
  },

  { name: "server/model", paths: ["packages/server/src/model"], mayImport: ["protocol"] },
  { name: "server/settings", paths: ["packages/server/src/settings"], mayImport: ["server/model"] },
  ...["issues", "analyst", "alerts", "auth", "shared", "monitors", "releases", "sourcemaps"].map((name) => ({
    name: `server/${name}`,
    paths: [`packages/server/src/${name}`],
    mayImport: ["protocol", "server/model"],
  })),
  {
    name: "server/anomalies",
    paths: ["packages/server/src/anomalies"],
    mayImport: ["protocol", "detect", "server/model"],
  },
  { name: "server/store", paths: ["packages/server/src/store"], mayImport: ["protocol", "server/model"] },
  { name: "server/journal", paths: ["packages/server/src/journal"], mayImport: ["protocol", "server/model"] },
  {
    name: "server/intake",
    paths: ["packages/server/src/intake"],
    mayImport: ["protocol", "server/model", "server/auth"],
  },
  {
    name: "server/api",
    paths: ["packages/server/src/api"],
    mayImport: ["protocol", "server/model", "server/auth", "server/issues", "server/analyst", "server/alerts"],
  },
  {
    name: "server/cli",
    paths: ["packages/server/src/cli"],
    mayImport: [
      "protocol",
      "detect",
      "server/settings",
      "server/model",
      "server/auth",
      "server/issues",
      "server/analyst",
      "server/alerts",
    ],
    // Commands that need the store or the whole server are loaded by dynamic import only.
    mayImportDynamically: ["server/commands"],
  },
  {
    name: "server/commands",
    paths: ["packages/server/src/commands"],
    mayImport: [
      "protocol",
      "server/settings",
      "server/model",
      "server/auth",
      "server/issues",
      "server/store",
      "server/shared",
      "server/main",
      "server/cli",
    ],
  },
  { name: "server/digest", paths: ["packages/server/src/digest"], mayImport: ["*server"] },
  { name: "server/main", paths: ["packages/server/src"], mayImport: ["*server"] },

  { name: "dashboard/components", paths: ["packages/dashboard/src/components"], mayImport: [] },
  { name: "dashboard/lib", paths: ["packages/dashboard/src/lib"], mayImport: ["protocol"] },
  {
    name: "dashboard/features",
    paths: ["packages/dashboard/src/features"],
    mayImport: ["protocol", "dashboard/components", "dashboard/lib"],
    noSiblings: true,
  },
  {
    name: "dashboard/app",
    paths: ["packages/dashboard/src"],
    mayImport: ["protocol", "dashboard/components", "dashboard/lib", "dashboard/features"],
  },
];
