/** Work of unknown length, going on. */
export function Progress({ label }: { label: string }) {
  return (
    <div role="progressbar" aria-label={label} className="relative h-0.5 overflow-hidden rounded-full bg-line">
      <div className="animate-sweep h-full w-2/5 rounded-full bg-accent" />
    </div>
  );
}
