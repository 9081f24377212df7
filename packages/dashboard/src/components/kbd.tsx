/** Keys as caps; `g o` is a sequence. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-0.5">
      {keys.split(" ").map((key) => (
        <kbd
          key={key}
          className="inline-grid h-4.5 min-w-4.5 place-items-center rounded-sm border border-line bg-sunk px-1 font-sans text-tiny text-muted"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
