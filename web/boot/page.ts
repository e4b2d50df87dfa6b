// What the page does with script but without WebAssembly. Listeners sit on the
// document, so they hold before and after the WebAssembly front end takes over.
// The attributes that are set here are left alone by the components (attr.go:
// bootHidden), so neither side undoes the other's work.
import type { Say } from "./host";
import type { State } from "./state";

const root = document.documentElement;
const all = <E extends Element>(selector: string): E[] => [...document.querySelectorAll<E>(selector)];
const switches = (): HTMLInputElement[] => all<HTMLInputElement>("#preferences input[name=on]").filter((box) => !box.disabled);

let shown = ""; // the choice that the switches were last set to
let asked = false; // the receipt page was asked for the receipt

/** Makes the page say what the host page says. It may be called again with the same state. */
export function show(state: State): void {
  root.classList.add("connected");
  for (const el of all<HTMLElement>("[data-when]")) el.hidden = el.dataset.when !== "connected";
  for (const el of all<HTMLElement>("[data-kept]")) el.hidden = el.dataset.kept !== state.kept;
  // Only a new choice moves the switches: one that is being made is not to be lost.
  const choice = JSON.stringify(state.on);
  if (choice !== shown) for (const box of switches()) box.checked = state.on[box.value] ?? box.checked;
  shown = choice;
}

/** Whether Escape has something nearer to close than the panel. */
function escapes(event: KeyboardEvent): boolean {
  const el = event.target as HTMLInputElement;
  if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || event.keyCode === 229) return false;
  if (el.type === "search" && el.value) return false;
  try {
    return !el.matches("select:open, input:open") && !document.querySelector(":popover-open, dialog[open]");
  } catch {
    return true; // a browser that does not know these selectors keeps the key to itself while a list is open
  }
}

function onKey(event: KeyboardEvent, say: Say): void {
  const el = event.target as HTMLInputElement;
  // Enter in a switch would press the form's first button, and that is no consent.
  if (event.key === "Enter" && el.type === "checkbox" && el.form?.id === "preferences") event.preventDefault();
  if (escapes(event)) say({ type: "close" });
}

function onClick(event: MouseEvent, say: Say): void {
  const el = event.target as Element;
  switch (el.closest<HTMLElement>("[data-do]")?.dataset.do) {
    case "print":
      return print();
    case "close":
      return void say({ type: "close" });
  }
  const link = el.closest<HTMLAnchorElement>("a[href]");
  if (link && parent !== window && /^https?:$/.test(link.protocol) && link.origin !== location.origin) {
    link.target = "_blank";
    link.rel = "noopener";
  }
}

function onSubmit(event: SubmitEvent, say: Say): void {
  const form = event.target as HTMLFormElement;
  if (form.id !== "preferences") return;
  event.preventDefault();
  const method = (event.submitter as HTMLButtonElement | null)?.value || "save";
  const on: Record<string, boolean> = {};
  for (const box of switches()) on[box.value] = method === "accept-all" || (method === "save" && box.checked);
  shown = ""; // whatever is answered, the switches follow it
  say({ type: "set", on, method, edition: form.dataset.edition ?? "" });
}

/** Puts the listeners up. */
export function listen(say: Say): void {
  document.addEventListener("keydown", (event) => onKey(event, say));
  document.addEventListener("click", (event) => onClick(event, say));
  document.addEventListener("submit", (event) => onSubmit(event, say));
}

/** Keeps the host page told how tall the page is. */
export function measure(say: Say): () => void {
  const tell = (): void => void say({ type: "size", height: Math.ceil(document.body.getBoundingClientRect().height) });
  new ResizeObserver(tell).observe(document.body);
  return tell;
}
