import type { AnomalyDetail, AnomalyFeedback, StreamRow, StreamSettings } from "@gatewatch/protocol";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { callApi } from "../../lib/api-client.ts";
import { anomalyFeedbackPath, streamPath } from "../../lib/api-paths.ts";
import { showToast } from "../../lib/toasts.ts";
import { FEEDBACK_WORDS } from "./measure-words.ts";

/** Tells the detectors what people think; seen at once, taken back in sight if the server refuses. */
export function useDetectorVerbs(project: number) {
  const client = useQueryClient();
  return useMemo(() => {
    const refresh = (...names: string[]): Promise<unknown> =>
      Promise.all(names.map((name) => client.invalidateQueries({ queryKey: [name, project] })));
    return {
      async sendFeedback(id: number, feedback: AnomalyFeedback | null): Promise<void> {
        const key = ["anomaly", project, id];
        const before = client.getQueryData<AnomalyDetail>(key);
        client.setQueryData<AnomalyDetail>(key, (old) => old && { ...old, feedback });
        try {
          await callApi(anomalyFeedbackPath(project, id), { method: "POST", body: { feedback } });
          showToast({ tone: "plain", text: feedback === null ? "Taken back" : FEEDBACK_WORDS[feedback].done });
        } catch (error) {
          client.setQueryData(key, before);
          showToast({ tone: "bad", text: `Not done, taken back: ${(error as Error).message}` });
        }
        await refresh("anomaly", "protection", "streams");
      },
      async changeStream(stream: StreamRow, settings: Partial<StreamSettings>): Promise<void> {
        try {
          await callApi(streamPath(project, stream), { method: "PATCH", body: settings });
          showToast({ tone: "plain", text: "Changed" });
        } catch (error) {
          showToast({ tone: "bad", text: `Not changed: ${(error as Error).message}` });
        }
        await refresh("streams", "protection");
      },
    };
  }, [client, project]);
}
