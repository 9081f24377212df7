export const dynamic = "force-dynamic";

/** Three events; with `?hold` the second one waits for ever. */
export function GET(request) {
  const holds = new URL(request.url).searchParams.has("hold");
  let left = 3;
  const body = new ReadableStream({
    async pull(controller) {
      if (holds && left === 2) await new Promise(() => undefined);
      if (left === 0) controller.close();
      else controller.enqueue(new TextEncoder().encode(`data: ${left--}\n\n`));
    },
  });
  return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
}
