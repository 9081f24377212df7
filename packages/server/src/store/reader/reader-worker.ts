import { type MessagePort, workerData } from "node:worker_threads";
import { serveStore } from "../store-rpc.ts";
import { openSqliteReader } from "./open-sqlite-reader.ts";

const { dataDir, port } = workerData as { dataDir: string; port: MessagePort };
const store = openSqliteReader(dataDir);
serveStore(port, store);
port.once("close", () => void store.close());
