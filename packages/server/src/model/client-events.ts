/** Names of the custom events that stand for what clients tell beside errors; the digest keeps records of them. */
export const CHECK_IN_EVENT = "sentry.check_in";
export const SESSION_EVENT = "sentry.session";
export const FEEDBACK_EVENT = "sentry.feedback";
/** The server's own: nothing was heard of a monitor until it was due. */
export const OVERDUE_EVENT = "gatewatch.monitor_overdue";
