import { expect, test } from "vitest";
import { checkOrigin } from "./check-origin.ts";

const host = "watch.example:4400";
const plain = { secure: false, publicOrigin: null };

test.each([
  [{ origin: "http://watch.example:4400", secFetchSite: "same-origin" }, plain],
  [{ origin: "http://watch.example:4400", secFetchSite: undefined }, plain],
  [{ origin: undefined, secFetchSite: "same-origin" }, plain],
  [
    { origin: "https://watch.example:4400", secFetchSite: undefined },
    { secure: true, publicOrigin: null },
  ],
  [
    { origin: "https://other.example", secFetchSite: undefined },
    { secure: true, publicOrigin: "https://other.example" },
  ],
])("lets %j through", (headers, place) => {
  expect(() => checkOrigin({ host, ...headers }, place)).not.toThrow();
});

test.each([
  [{ origin: undefined, secFetchSite: undefined }],
  [{ origin: "null", secFetchSite: "same-origin" }],
  [{ origin: "https://watch.example:4400", secFetchSite: undefined }],
  [{ origin: "http://watch.example", secFetchSite: undefined }],
  [{ origin: "http://evil.example", secFetchSite: "same-origin" }],
  [{ origin: "http://watch.example:4400", secFetchSite: "cross-site" }],
  [{ origin: undefined, secFetchSite: "same-site" }],
  [{ origin: undefined, secFetchSite: "none" }],
])("refuses %j", (headers) => {
  expect(() => checkOrigin({ host, ...headers }, plain)).toThrow(/came from elsewhere/);
});
