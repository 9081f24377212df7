import { Type } from "typebox";
import type { Attributes, ChannelRow } from "@gatewatch/protocol";
import { ApiError } from "../../model/api-error.ts";
import type { ChannelRecord } from "../../model/store.ts";
import type { ApiDeps } from "../api-deps.ts";
import { hideSecrets, keepSecrets } from "../hide-secrets.ts";
import { defineRoute } from "../route.ts";
import { Id } from "../schemas/named.ts";
import {
  ChannelKindListSchema,
  ChannelListSchema,
  ChannelOrderSchema,
  ChannelPatchSchema,
  ChannelRowSchema,
  ChannelTestSchema,
} from "../schemas/settings-schemas.ts";

const configure = { scope: "server", action: "configure" } as const;
const OneChannel = Type.Object({ id: Id });

export const listChannelKinds = defineRoute({
  method: "GET",
  path: "/api/channel-kinds",
  id: "listChannelKinds",
  summary: "Kinds of channels with the schema that their form is drawn from",
  access: configure,
  answer: ChannelKindListSchema,
  handler: (_request, deps) => ({ body: { kinds: deps.verbs.channelKinds() } }),
});

export const listChannels = defineRoute({
  method: "GET",
  path: "/api/channels",
  id: "listChannels",
  summary: "Channels that alerts can go to, their secrets as hints",
  access: configure,
  answer: ChannelListSchema,
  async handler(_request, deps) {
    const channels = await deps.store.control.listChannels();
    return { body: { channels: channels.map((channel) => toChannelRow(deps, channel)) } };
  },
});

export const createChannel = defineRoute({
  method: "POST",
  path: "/api/channels",
  id: "createChannel",
  summary: "Add a channel",
  access: configure,
  body: ChannelOrderSchema,
  answer: ChannelRowSchema,
  status: 201,
  async handler({ body }, deps) {
    schemaOf(deps, body.kind);
    const channel = await deps.store.control.createChannel({
      kind: body.kind,
      name: body.name,
      enabled: body.enabled ?? true,
      config: deps.verbs.parseChannelConfig(body.kind, body.config),
    });
    return { body: toChannelRow(deps, channel), audit: { id: channel.id, kind: channel.kind, name: channel.name } };
  },
});

export const changeChannel = defineRoute({
  method: "PATCH",
  path: "/api/channels/:id",
  id: "changeChannel",
  summary: "Change a channel; a secret that is sent back as its hint stays as it is",
  access: configure,
  params: OneChannel,
  body: ChannelPatchSchema,
  answer: ChannelRowSchema,
  async handler({ params, body }, deps) {
    const channel = await findChannel(deps, params.id);
    const { config, ...rest } = body;
    const changed = await deps.store.control.updateChannel(channel.id, {
      ...rest,
      ...(config === undefined
        ? {}
        : {
            config: deps.verbs.parseChannelConfig(
              channel.kind,
              keepSecrets(schemaOf(deps, channel.kind), config, channel.config),
            ),
          }),
    });
    if (!changed) throw noChannel(params.id);
    return { body: toChannelRow(deps, changed), audit: { name: changed.name, enabled: changed.enabled } };
  },
});

export const deleteChannel = defineRoute({
  method: "DELETE",
  path: "/api/channels/:id",
  id: "deleteChannel",
  summary: "Remove a channel",
  access: configure,
  params: OneChannel,
  async handler({ params }, deps) {
    if (!(await deps.store.control.deleteChannel(params.id))) throw noChannel(params.id);
    return {};
  },
});

export const testChannel = defineRoute({
  method: "POST",
  path: "/api/channels/:id/test",
  id: "testChannel",
  summary: "Send a test alert now and say what came of it",
  access: configure,
  params: OneChannel,
  answer: ChannelTestSchema,
  async handler({ params, at }, deps) {
    const result = await deps.verbs.testChannel(await findChannel(deps, params.id), at);
    await deps.store.control.recordChannelResult(params.id, at, result.ok ? null : result.message);
    return { body: result };
  },
});

async function findChannel(deps: ApiDeps, id: number): Promise<ChannelRecord> {
  const channel = (await deps.store.control.listChannels()).find((candidate) => candidate.id === id);
  if (!channel) throw noChannel(id);
  return channel;
}

function toChannelRow(deps: ApiDeps, channel: ChannelRecord): ChannelRow {
  const kind = deps.verbs.channelKinds().find((candidate) => candidate.kind === channel.kind);
  return {
    id: channel.id,
    kind: channel.kind,
    name: channel.name,
    enabled: channel.enabled,
    config: hideSecrets(kind?.configSchema ?? null, channel.config),
    lastSuccessAt: channel.lastSuccessAt,
    lastFailureAt: channel.lastFailureAt,
    lastFailure: channel.lastFailure,
  };
}

function schemaOf(deps: ApiDeps, kind: string): Attributes {
  const kinds = deps.verbs.channelKinds();
  const found = kinds.find((candidate) => candidate.kind === kind);
  if (found) return found.configSchema;
  throw new ApiError(
    "invalid_request",
    `There is no kind of channel ${JSON.stringify(kind)}; expected one of ${kinds.map((one) => one.kind).join(", ")}.`,
    { details: { field: "kind" } },
  );
}

function noChannel(id: number): ApiError {
  return new ApiError("not_found", `There is no channel ${id}.`);
}
