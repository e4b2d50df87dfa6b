// The WebAssembly front end: when it is fetched, when it begins, and what
// happens if it doesn't (nothing: the page is complete without it).
import { adopt } from "./adopt";

/** What wasm_exec.js of the Go distribution defines. */
declare class Go {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

const root = document.documentElement;

/** Milliseconds without a key, pointer or scroll that count as a pause. */
const pause = 250;

let last = -pause; // when the person last did something
let pressed = false;
let composing = false;

function watch(): void {
  const seen = (event: Event): void => {
    const { type } = event;
    last = performance.now();
    if (type.startsWith("composition")) composing = type !== "compositionend";
    else if (type === "pointerdown") pressed = true;
    else if (/^(pointerup|pointercancel|dragend)$/.test(type) || event.target === window) pressed = false;
  };
  for (const type of "keydown input wheel scroll pointerdown pointerup pointercancel dragend compositionstart compositionend blur".split(" ")) {
    addEventListener(type, seen, { capture: true, passive: true });
  }
}

/** Resolves in a pause, never while a pointer is down or a word is being composed. */
const quiet = (): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (pressed || composing || performance.now() - last < pause) setTimeout(look, 50);
      else resolve();
    };
    look();
  });

/** Gives go-app storage that forgets: it could keep nothing even if it wanted to, and blocked storage doesn't stop it. */
function forget(): void {
  for (const name of ["localStorage", "sessionStorage"]) {
    const kept = new Map<string, string>();
    const value = {
      get length() {
        return kept.size;
      },
      key: (i: number) => [...kept.keys()][i] ?? null,
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, v: string) => void kept.set(key, v),
      removeItem: (key: string) => void kept.delete(key),
      clear: () => kept.clear(),
    };
    Object.defineProperty(window, name, { value, configurable: true });
  }
}

const give = (why: unknown): void => console.info("Latchkey: this page goes on without WebAssembly.", why);

function execute(src: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(src));
    document.head.append(script);
  });
}

async function instantiate(response: Response, imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  // The streaming way insists on the media type. A proxy that gets it wrong should not matter.
  const typed = response.headers.get("content-type") === "application/wasm";
  const program =
    typed && WebAssembly.instantiateStreaming
      ? WebAssembly.instantiateStreaming(response, imports)
      : WebAssembly.instantiate(await response.arrayBuffer(), imports);
  return (await program).instance;
}

/** Runs the program and sees it take over the page. It returns when the program ends, which is a failure. */
async function takeOver(go: Go, instance: WebAssembly.Instance, after: () => void): Promise<void> {
  const first = document.body.firstElementChild;
  if (!first) return;
  const focus = document.activeElement as HTMLInputElement | null;
  const [from, to, way] = [focus?.selectionStart, focus?.selectionEnd, focus?.selectionDirection];
  const [x, y] = [scrollX, scrollY];
  const name = "latchkey-takeover";
  performance.mark(name);
  forget();
  const stop = adopt(first, ({ mended, changed }) => {
    performance.measure(name, name);
    // go-app has also put itself behind every click, every step back and every resize.
    window.onclick = window.onpopstate = window.onresize = null;
    root.dataset.takeover = mended ? "mended: " + mended : changed ? "adopted, changed: " + changed : "adopted";
    if (mended) {
      console.warn("Latchkey: the page was not what its program expected:", mended);
      const again = focus?.id && focus !== document.activeElement && (document.getElementById(focus.id) as HTMLInputElement | null);
      if (again) {
        again.focus({ preventScroll: true });
        if (from != null && again.selectionStart != null) again.setSelectionRange(from, to!, way ?? undefined);
      }
      scrollTo({ left: x, top: y, behavior: "instant" });
    }
    after();
  });
  try {
    await go.run(instance);
    throw new Error("the program ended");
  } finally {
    stop();
    window.onclick = window.onpopstate = window.onresize = null;
    root.classList.remove("live");
    root.dataset.takeover = "failed";
  }
}

/**
 * Fetches the program once the page is loaded and idle, and lets it take over
 * in a pause; after is called then. It stays away from somebody who saves data,
 * and where WebAssembly is switched off.
 */
export function live({ wasm, exec }: DOMStringMap, after: () => void): void {
  const saving = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  if (!wasm || !exec || saving || typeof WebAssembly !== "object") return;
  watch();
  const begin = async (): Promise<void> => {
    try {
      const [response] = await Promise.all([fetch(wasm, { priority: "low" } as RequestInit), execute(exec)]);
      const go = new Go();
      const instance = await instantiate(response, go.importObject);
      await quiet();
      await takeOver(go, instance, after);
    } catch (error) {
      give(error);
    }
  };
  addEventListener("load", () => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => void begin(), { timeout: 3000 });
    else setTimeout(() => void begin(), 300);
  });
}
