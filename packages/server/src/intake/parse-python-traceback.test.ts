import { describe, expect, it } from "vitest";
import { parsePythonTraceback } from "./parse-python-traceback.ts";

const CHAINED = `Traceback (most recent call last):
  File "/srv/app/db.py", line 12, in fetch
    return cache[key]
           ~~~~~^^^^^
KeyError: 'user:7'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/django/core/handlers/base.py", line 197, in _get_response
    response = wrapped_callback(request, *callback_args, **callback_kwargs)
  File "/srv/app/views.py", line 40, in show
    user = fetch(key)
  [Previous line repeated 3 more times]
app.errors.NotFound: no such user
with a second line

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "<frozen importlib._bootstrap>", line 1176, in _find_and_load
  File "/srv/app/main.py", line 3, in <module>
    raise ValueError("bad: data")
ValueError: bad: data
`;

describe("parsePythonTraceback()", () => {
  it("gives the last exception first, its causes after it, throw sites first", () => {
    const exceptions = parsePythonTraceback(CHAINED);
    expect(exceptions.map(({ type, module, message }) => ({ type, module, message }))).toEqual([
      { type: "ValueError", module: null, message: "bad: data" },
      { type: "NotFound", module: "app.errors", message: "no such user\nwith a second line" },
      { type: "KeyError", module: null, message: "'user:7'" },
    ]);
    expect(exceptions[0]!.frames).toEqual([
      {
        file: "/srv/app/main.py",
        line: 3,
        inApp: true,
        context: { pre: [], line: 'raise ValueError("bad: data")', post: [] },
      },
      { file: "<frozen importlib._bootstrap>", line: 1176, function: "_find_and_load", inApp: false },
    ]);
    expect(exceptions[1]!.frames.map((frame) => [frame.function, frame.inApp])).toEqual([
      ["show", true],
      ["_get_response", false],
    ]);
    expect(exceptions[2]!.frames[0]!.context!.line).toBe("return cache[key]");
  });

  it("takes bare frames, Windows line ends and a text that was cut", () => {
    const [only] = parsePythonTraceback(
      '  File "C:\\app\\a.py", line 1, in f\r\n    x()\r\n  File "C:\\Python311\\Lib\\b.py", line 2, in g\r\n',
    );
    expect(only).toMatchObject({ type: null, message: "" });
    expect(only!.frames.map((frame) => frame.inApp)).toEqual([false, true]);
  });

  it("finds nothing in other texts", () => {
    expect(parsePythonTraceback("")).toEqual([]);
    expect(parsePythonTraceback("Error: boom\n    at f (a.js:1:2)")).toEqual([]);
  });

  it.each([
    " ",
    '  File "',
    '  File "a", line 1, in f\n',
    "E: \n",
    "~^",
    'Traceback (most recent call last):\n  File "',
  ])("is linear in a hostile text made of %j", (piece) => {
    expect(parsePythonTraceback(piece.repeat(Math.ceil(262_144 / piece.length)))).toBeInstanceOf(Array);
  });
});
