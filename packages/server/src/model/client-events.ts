/** Names of the custom events that stand for what clients tell beside errors; the digest keeps records of them. */
export const CHECK_IN_EVENT = "sentry.check_in";
export const SESSION_EVENT = "sentry.session";
export const FEEDBACK_EVENT = "sentry.feedback";
/** Names of the server's own events begin so, and no client's do. */
export const OWN_EVENT_PREFIX = "gatewatch.";
/** Nothing was heard of a monitor until it was due. */
export const OVERDUE_EVENT = `${OWN_EVENT_PREFIX}monitor_overdue`;
