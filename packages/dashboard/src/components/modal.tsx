import { useEffect, useRef, type ReactNode } from "react";

/** A native dialog: focus is held and given back, and Escape closes, by the browser itself. */
export function Modal(props: { label: string; onClose: () => void; children: ReactNode; side?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-label={props.label}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) props.onClose();
      }}
      className={
        props.side
          ? "animate-slide-in m-0 ml-auto h-full max-h-none w-[min(460px,100vw)] max-w-none border-l border-line bg-surface p-0 shadow-pop backdrop:bg-black/25"
          : "animate-rise mx-auto mt-[12vh] max-h-[76vh] w-[min(560px,calc(100vw-24px))] overflow-hidden rounded-lg border border-line bg-raised p-0 shadow-pop backdrop:bg-black/30"
      }
    >
      {props.children}
    </dialog>
  );
}
