import type { RedisCommand, RedisDriver } from "./redis-driver.ts";

type Method = (...args: unknown[]) => unknown;

/** ioredis 5 and 6, iovalkey. */
interface CallingClient extends Record<string, unknown> {
  status: string;
  isCluster?: boolean;
  call: Method;
  callBuffer: Method;
  connect?: Method;
}

/** node-redis 4 to 6: client, pool, sentinel or cluster. */
interface SendingClient {
  sendCommand: Method;
  isReady?: boolean;
  isOpen?: boolean;
}

/** RESP type `$`, and the option that turned it into bytes before there were type mappings. */
const BYTES = { returnBuffers: true, typeMapping: { 36: Buffer } };
/** Overrides mappings that the user has set on the client. */
const TEXT = { typeMapping: {} };

/** The user's Redis client as a driver, told by its shape. @throws TypeError for anything else. */
export function adaptRedisClient(client: unknown): RedisDriver {
  if (isCallingClient(client)) return adaptCalling(client);
  if (isSendingClient(client)) return adaptSending(client);
  throw new TypeError("it is neither a client of ioredis or iovalkey (call, status) nor of node-redis (sendCommand)");
}

function adaptCalling(client: CallingClient): RedisDriver {
  return {
    isCluster: client.isCluster === true,
    isReady: () => client.status === "ready",
    wake() {
      // With `lazyConnect` the first command connects; none is sent as long as the client is not ready.
      if (client.status === "wait") settle(() => client.connect?.());
    },
    async send(command, _key, answer) {
      const [name, ...args] = toBuffers(command);
      const own = client[answer === "bytes" ? `${String(name)}Buffer` : String(name)];
      // With automatic pipelining, `call` of ioredis 5 loses the name of the command; its own methods do not.
      if (typeof own === "function") return (own as Method).apply(client, args);
      return answer === "bytes" ? client.callBuffer(name, ...args) : client.call(name, ...args);
    },
  };
}

function adaptSending(client: SendingClient): RedisDriver {
  const isCluster = has(client, "masters") || has(client, "slots");
  const isSentinel = !isCluster && has(client, "getMasterNode");
  return {
    isCluster,
    isReady: () => client.isReady ?? client.isOpen ?? true,
    wake: () => undefined,
    async send(given, key, answer) {
      const command = toBuffers(given);
      const options = answer === "bytes" ? BYTES : TEXT;
      if (isCluster) return client.sendCommand(key, false, command, options);
      if (isSentinel) return client.sendCommand(false, command, options);
      return client.sendCommand(command, options);
    },
  };
}

/** Clients know bytes as Buffer alone: some write any other array as its text, some refuse it. */
function toBuffers(command: RedisCommand): RedisCommand {
  const isPlain = (part: string | Uint8Array): boolean => typeof part === "string" || Buffer.isBuffer(part);
  if (command.every(isPlain)) return command;
  return command.map((part) =>
    isPlain(part) ? part : Buffer.from((part as Uint8Array).buffer, (part as Uint8Array).byteOffset, part.length),
  );
}

function settle(run: () => unknown): void {
  // What becomes of it shows in the client's status.
  void (async () => run())().catch(() => undefined);
}

function has(target: object, name: string): boolean {
  return name in target;
}

function isCallingClient(client: unknown): client is CallingClient {
  return isHolder(client) && typeof client["status"] === "string" && isMethod(client, "call", "callBuffer");
}

function isSendingClient(client: unknown): client is SendingClient {
  return isHolder(client) && isMethod(client, "sendCommand");
}

function isMethod(client: Record<string, unknown>, ...names: string[]): boolean {
  return names.every((name) => typeof client[name] === "function");
}

function isHolder(client: unknown): client is Record<string, unknown> {
  return typeof client === "object" && client !== null;
}
