import { useState } from "react";
import { CopyLine } from "../../components/copy-line.tsx";
import { Progress } from "../../components/progress.tsx";
import { MeasureCard } from "./measure-card.tsx";
import { createSample } from "./sample.ts";
import { TrafficChart } from "./traffic-chart.tsx";

/** Before the first event: the line that brings it, and the screen as it will be, dimmed. */
export function FirstEvent() {
  const [sample] = useState(() => createSample(Date.now()));
  return (
    <>
      <section className="panel mx-auto mt-4 w-full max-w-160 p-5" aria-labelledby="first-event">
        <h1 id="first-event" className="text-title font-semibold">
          One line in your app, and this page fills
        </h1>
        <ol className="mt-4 flex flex-col gap-3">
          <li>
            <p className="pb-1 text-muted">Make a token, and give it to the app as GATEWATCH_TOKEN:</p>
            <CopyLine text="npx gatewatch token create --scope ingest" label="Copy the command" />
          </li>
          <li>
            <p className="pb-1 text-muted">Express, before your routes:</p>
            <CopyLine text={'import { gatewatch } from "gatewatch/express"; gatewatch(app);'} label="Copy the line" />
          </li>
        </ol>
        <p className="pt-5 pb-2 font-medium" role="status">
          Waiting for your first event
        </p>
        <Progress label="Waiting for the first event" />
      </section>
      <div inert aria-hidden="true" className="flex flex-col gap-3 pt-3 opacity-35 grayscale-60 select-none">
        <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
          {sample.cards.map((card) => (
            <MeasureCard key={card.name} card={card} span="hour" />
          ))}
        </div>
        <TrafficChart p95={null} series={sample.series} />
      </div>
    </>
  );
}
