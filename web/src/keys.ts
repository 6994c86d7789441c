/** Single keys, as people who watch a map all day are used to from tar1090. */

export type Action = "labels" | "trails" | "vectors" | "sensors" | "follow" | "next" | "home" | "in" | "out" | "deselect" | "help";

const ACTIONS: Record<string, Action> = {
  l: "labels",
  t: "trails",
  v: "vectors",
  s: "sensors",
  f: "follow",
  n: "next",
  h: "home",
  "+": "in",
  "=": "in",
  "-": "out",
  Escape: "deselect",
  "?": "help",
};

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** The press went into a field or a dialog. */
  typing: boolean;
}

/** What a key press means; null where it belongs to the browser or to a field. */
export function actionOf(press: KeyPress): Action | null {
  if (press.typing || press.ctrlKey || press.metaKey || press.altKey) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return ACTIONS[key] ?? null;
}

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest("input, textarea, select, dialog, [contenteditable]") !== null;
}
