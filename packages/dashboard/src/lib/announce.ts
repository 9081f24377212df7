let place: HTMLElement | undefined;

/** Says a summary to readers of the screen, politely. The place is made once and never shown. */
export function announce(text: string): void {
  if (!place) {
    place = document.createElement("div");
    place.setAttribute("role", "status");
    place.className = "sr-only";
    document.body.append(place);
  }
  place.textContent = text;
}
