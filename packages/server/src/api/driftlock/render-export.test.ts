import { expect, it } from "vitest";
import { ExportWriter } from "./render-export.ts";

const EXPLANATION = "<img src=x onerror=alert(1)> [x](javascript:alert(1))\n# Heading";

function render(format: "markdown" | "html", event: unknown): string {
  const writer = new ExportWriter(format);
  writer.add({
    id: "a1",
    stream: "shop",
    metrics: {},
    findings: [{ message: EXPLANATION }],
    explanation: EXPLANATION,
    window_snapshot: event,
    baseline_snapshot: null,
  });
  return writer.finish().content;
}

it("fences an event by more backticks than it holds, however many times it holds some", () => {
  const content = render("markdown", "`a``` ".repeat(200_000));
  expect(content).toContain("\n````json\n");
  expect(content).toContain("\n````\n");
});

it("writes what strangers sent as text, neither as markup nor as a heading", () => {
  expect(render("html", "</pre><script>")).not.toMatch(/<script|<img/);
  const markdown = render("markdown", "```\n# Heading");
  expect(markdown).not.toMatch(/^# Heading/m);
  expect(markdown).not.toContain("](javascript:");
});
