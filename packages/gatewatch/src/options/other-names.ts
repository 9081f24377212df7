import type { PiiRule } from "@gatewatch/protocol/cerberus-event";

type TextList = string | readonly string[];

/** Names that other systems give our options, by group; what they name is written as there. */
export interface OtherNames {
  accessLog: {
    /** `requests`. */
    log_requests?: boolean;
    /** `responses`. */
    log_responses?: boolean | null;
    /** `errors`. */
    log_errors?: boolean;
    /** `sensitiveHeaders`. */
    sensitive_headers?: TextList;
  };
  timing: {
    /** `enabled`. */
    track_performance?: boolean;
    /** `slowMs`, in seconds. */
    slow_request_threshold?: number;
    /** `slowMs`, in seconds. */
    slow_threshold?: number;
    /** `memoryDeltaHeader`. */
    memory_tracking?: boolean;
    /** `memoryGrowthBytes`. */
    memory_threshold?: number;
  };
  errorBoundary: {
    /** `enabled`. */
    error_tracking?: boolean;
    /** `threshold`. */
    alert_threshold?: number;
    /** `windowMs`, in seconds. */
    alert_window?: number;
    /** `errorTypesToTrack`. */
    error_types_to_track?: TextList;
  };
  anomaly: {
    /** `stream`. */
    streamId?: string | null;
    /** `stream`. */
    STREAM_ID?: string | null;
    /** `skip`, as beginnings of paths. */
    excludePaths?: TextList;
    /** `skip`, as beginnings of paths. */
    EXCLUDE_PATHS?: TextList;
    /** `block`. */
    blockAnomalies?: boolean | "shadow";
    /** `url`. */
    baseUrl?: string | null;
    /** `url`. */
    BASE_URL?: string | null;
    /** `apiKey`. */
    API_KEY?: string | null;
    /** `background`. */
    asyncMode?: boolean;
    /** `background`. */
    ASYNC_MODE?: boolean;
  };
  cerberus: {
    /** `wsUrl`. */
    ws_url?: string | null;
    /** `clientId`. */
    client_id?: string | null;
    /** `secretKey`. */
    secret_key?: string | null;
    /** `backendUrl`. */
    backend_url?: string | null;
    /** `sampleRate`. */
    sample_rate?: number;
    /** `capture`. */
    capturePaths?: TextList;
    /** `skip`. */
    excludePaths?: TextList;
    /** `responseBody`. */
    response_body?: boolean;
    /** `sensitiveKeys`. */
    customSensitiveKeys?: TextList;
    /** `piiPatterns`. */
    customPiiPatterns?: readonly PiiRule[];
  };
}
