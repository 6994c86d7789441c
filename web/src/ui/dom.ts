/**
 * Elements without HTML strings. Text goes in as text nodes only, so a callsign made of markup is
 * shown, never run.
 */

type Child = Node | string | null | undefined | false;

export interface Attributes {
  class?: string;
  testid?: string;
  title?: string;
  [attribute: string]: string | undefined;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name === "testid" ? "data-testid" : name, value);
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`index.html has no element #${id}`);
  return element;
}

/** Writes only what differs: no layout work, and no lost selection, for what stayed the same. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/**
 * A list whose rows are kept by key: a row is rebuilt only when its content changed, so that a
 * button is not taken away under the operator's finger once a second.
 */
export class KeyedList<T> {
  private readonly rows = new Map<string, { content: string; element: HTMLElement }>();

  constructor(
    private readonly container: HTMLElement,
    private readonly key: (item: T) => string,
    private readonly content: (item: T) => string,
    private readonly build: (item: T) => HTMLElement,
    private readonly empty: () => HTMLElement,
  ) {}

  update(items: readonly T[]): void {
    const wanted: HTMLElement[] = [];
    const seen = new Set<string>();
    for (const item of items) {
      const key = this.key(item);
      const content = this.content(item);
      seen.add(key);
      let row = this.rows.get(key);
      if (row === undefined || row.content !== content) {
        row = { content, element: this.build(item) };
        this.rows.set(key, row);
      }
      wanted.push(row.element);
    }
    for (const key of [...this.rows.keys()]) if (!seen.has(key)) this.rows.delete(key);
    if (wanted.length === 0) {
      if (this.container.dataset["empty"] !== "true") this.container.replaceChildren(this.empty());
      this.container.dataset["empty"] = "true";
      return;
    }
    this.container.dataset["empty"] = "false";
    const present = this.container.children;
    if (present.length !== wanted.length || wanted.some((element, i) => present[i] !== element)) {
      this.container.replaceChildren(...wanted);
    }
  }
}
