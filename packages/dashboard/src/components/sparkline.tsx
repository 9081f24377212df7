/** A small picture of a series; the figure beside it carries the meaning, so it is hidden from readers. */
export function Sparkline(props: {
  values: (number | null)[];
  width?: number;
  height?: number;
  kind?: "line" | "bars";
  className?: string;
}) {
  const { values, width = 96, height = 24, kind = "line" } = props;
  // A bar chart of ones and twos must not look like a storm.
  const top = Math.max(kind === "bars" ? 4 : 1e-9, ...values.map((value) => value ?? 0));
  const frame = {
    viewBox: `0 0 ${width} ${height}`,
    preserveAspectRatio: "none",
    "aria-hidden": true,
    className: `block ${props.className ?? ""}`,
    style: { height },
    ...(props.className?.includes("w-") ? {} : { width }),
  } as const;
  if (kind === "bars") {
    const step = width / values.length;
    return (
      <svg {...frame}>
        {values.map((value, index) => {
          const size = value ? Math.max(1.5, (value / top) * height) : 1;
          return (
            <rect
              key={index}
              x={index * step}
              y={height - size}
              width={Math.max(1, step - 1)}
              height={size}
              fill="currentColor"
              opacity={value ? 0.85 : 0.25}
            />
          );
        })}
      </svg>
    );
  }
  const x = (index: number) => (index / Math.max(1, values.length - 1)) * width;
  const y = (value: number) => height - 1.5 - (value / top) * (height - 3);
  let line = "";
  let open = false;
  values.forEach((value, index) => {
    if (value === null) open = false;
    else {
      line += `${open ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      open = true;
    }
  });
  const whole = values.length > 1 && values.every((value) => value !== null);
  return (
    <svg {...frame}>
      {whole && <path d={`${line}L${width} ${height}L0 ${height}Z`} fill="currentColor" opacity={0.1} />}
      <path
        d={line}
        fill="none"
        stroke="currentColor"
        strokeWidth={1.4}
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  );
}
