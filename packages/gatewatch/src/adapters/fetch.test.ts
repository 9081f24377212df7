import { serveFetch } from "./contract/fetch-bridge.ts";
import { testFetchContract } from "./contract/fetch-contract.ts";
import { gatewatch } from "./fetch.ts";

testFetchContract({
  name: "gatewatch/fetch on a server of nothing but the standard",
  tellsPeer: false,
  createServer: (handle, instance, handedOn) =>
    serveFetch(instance === undefined ? handle : gatewatch(handle, instance), handedOn),
});
