import { ANOMALY_FEEDBACKS, type AnomalyFeedback } from "@gatewatch/protocol";
import { Button } from "../../components/button.tsx";
import { Tip } from "../../components/tip.tsx";
import { FEEDBACK_WORDS } from "./measure-words.ts";

/** What people say of it, which the detector hears; the pressed one is taken back by pressing it again. */
export function FeedbackButtons(props: {
  feedback: AnomalyFeedback | null;
  onFeedback: (feedback: AnomalyFeedback | null) => void;
}) {
  return (
    <div role="group" aria-label="Was it real?" className="flex flex-wrap gap-1.5">
      {ANOMALY_FEEDBACKS.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).map((feedback) => {
        const { name, done, hint, key } = FEEDBACK_WORDS[feedback];
        const isPressed = props.feedback === feedback;
        return (
          <Tip key={feedback} text={hint} keys={key}>
            <Button
              aria-pressed={isPressed}
              className={isPressed ? "border-accent bg-select" : ""}
              onClick={() => props.onFeedback(isPressed ? null : feedback)}
              {...(isPressed && { icon: "check" })}
            >
              {isPressed ? done : name}
            </Button>
          </Tip>
        );
      })}
    </div>
  );
}

const ORDER: AnomalyFeedback[] = ["confirmed", "false_positive", "dismissed"];
