import { byCode, byMessage, type KnownFailure } from "../known-failure.ts";

const WEB = { category: "validation_error", severity: "low", fixKind: "data", confidence: 0.85 } as const;

/** Requests, answers and who may send them. */
export const WEB_FAILURES: KnownFailure[] = [
  {
    ...WEB,
    name: "validation",
    match(signals) {
      const typed =
        /^(?:ZodError|ValidationError|RequestValidationError|ValidationException|ValiError|StructError|AjvError|ClassValidatorError|BadRequest(?:Error|Exception)?|UnprocessableEntity(?:Error|Exception)?)$/;
      const coded = ["FST_ERR_VALIDATION", "ERR_INVALID_ARG_VALUE"].includes(signals.code ?? "");
      const told = /^\d+ validation errors? for \w|\bvalidation (?:failed|error)/i;
      if (!typed.test(signals.type) && !coded && !told.test(signals.message)) return undefined;
      const field =
        /"path":\s*\[\s*"([^"]{1,60})"|\b(?:field|property|param(?:eter)?) [`'"]?([\w.[\]]{1,60})|[`'"]?\b([\w.[\]]{2,60})[`'"]? (?:"[^"]{0,100}" )?(?:is required|is missing|must (?:be|have|not|match|contain))/.exec(
          signals.message,
        );
      const name = field?.slice(1).find((part) => part !== undefined);
      return {
        cause: `What was sent does not keep the rules that ${signals.place} checks${name === undefined ? "" : `: \`${name}\` is missing or wrong`}.`,
        fix: `Answer 400 or 422 naming ${name === undefined ? "the field" : `\`${name}\``} instead of letting it become an error; if honest clients send it, change the client or the rule.`,
      };
    },
  },
  {
    ...WEB,
    name: "headers-sent",
    category: "system_error",
    severity: "medium",
    fixKind: "code",
    confidence: 0.95,
    match: byCode(["ERR_HTTP_HEADERS_SENT"], ({ place }) => ({
      cause: `${place} answers a request that was answered already.`,
      fix: `Return right after the first answer (look for a missing \`return\` before ${place}, a callback that runs twice, or next() after send()).`,
    })),
  },
  {
    ...WEB,
    name: "invalid-header",
    category: "system_error",
    severity: "medium",
    fixKind: "code",
    match: byCode(["ERR_INVALID_CHAR", "ERR_HTTP_INVALID_HEADER_VALUE"], ({ place }) => ({
      cause: `${place} puts text into a header that a header cannot hold (line breaks, characters beyond Latin-1, or undefined).`,
      fix: `Encode the value (encodeURIComponent) or leave the header out when there is none, at ${place}.`,
    })),
  },
  {
    ...WEB,
    name: "body-too-large",
    fixKind: "config",
    match(signals) {
      const coded = ["LIMIT_FILE_SIZE", "FST_ERR_CTP_BODY_TOO_LARGE", "entity.too.large"].includes(signals.code ?? "");
      if (
        !coded &&
        !/request entity too large|body (?:is )?too large|PayloadTooLarge/i.test(`${signals.type} ${signals.message}`)
      )
        return undefined;
      return {
        cause: "A client sent a body above the limit of the parser.",
        fix: "If such bodies are honest, raise the limit for that one route; else answer 413 and leave it.",
      };
    },
  },
  {
    ...WEB,
    name: "client-aborted",
    category: "ignorable",
    severity: "low",
    fixKind: "not_a_bug",
    match: byMessage(/^request aborted$|^aborted$|^socket hang up$/i, (_match, { place }) => ({
      cause: `The connection was closed before ${place} had read or sent everything.`,
      fix: "Nothing to repair when single clients leave; if many do, look for a proxy timeout shorter than the answer takes.",
    })),
  },
  {
    ...WEB,
    name: "token",
    category: "security_issue",
    severity: "medium",
    fixKind: "config",
    match(signals) {
      const typed =
        /^(?:JsonWebTokenError|TokenExpiredError|NotBeforeError|UnauthorizedError|ForbiddenError|AuthenticationError|PermissionDenied|NotAuthenticated|InvalidTokenError)$/;
      const told =
        /\bjwt (?:expired|malformed|must be provided)|invalid (?:signature|token|csrf)|\bunauthori[sz]ed\b|\bforbidden\b|authentication failed/i;
      if (!typed.test(signals.type) && !told.test(signals.message)) return undefined;
      const expired = /expired/i.test(`${signals.type} ${signals.message}`);
      return {
        cause: `${signals.place} refused a caller: ${expired ? "the token has expired" : "credentials are missing, wrong or too weak"}.`,
        fix: `Answer 401 or 403 without an error; if honest callers meet it, check ${expired ? "that they renew their token and that the clocks agree" : "keys, issuer and rights in this environment"}.`,
      };
    },
  },
  {
    ...WEB,
    name: "attack",
    category: "security_issue",
    severity: "critical",
    fixKind: "code",
    confidence: 0.7,
    match: byMessage(
      /\b(sql injection|command injection|path traversal|prototype pollution|privilege escalation|data breach|credentials? leak(?:ed)?|tenant isolation)\b/i,
      ([, what], { place }) => ({
        cause: `${place} reports an attack or a breach: ${what?.toLowerCase()}.`,
        fix: "Keep the requests and logs of the moment, find out what was reached, block the way, and change the secrets that may be known.",
      }),
    ),
  },
  {
    ...WEB,
    name: "view-missing",
    category: "system_error",
    severity: "medium",
    fixKind: "code",
    match: byMessage(
      /^Failed to lookup view "([^"]{1,100})"|^TemplateDoesNotExist: ?(.{0,100})/,
      ([, view, template], { place }) => ({
        cause: `The template \`${view ?? template}\` that ${place} renders does not exist in this build.`,
        fix: "Check name and folder of the template, and that the build copies it.",
      }),
    ),
  },
];
