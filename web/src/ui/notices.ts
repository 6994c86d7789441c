/** Errors and confirmations, shown until read: what went wrong, where, and how to mend it. */
import { ApiError } from "../api";
import { clean } from "../format";
import { byId, h } from "./dom";

const NOTICES_MAX = 4;
const GOOD_NEWS_MS = 5000;

export function notify(what: string, where = "", mend = "", level: "error" | "info" = "error"): void {
  const holder = byId("notices");
  const key = JSON.stringify([what, where, mend]);
  // The same trouble again, e.g. at every retry, is one notice.
  if ([...holder.children].some((child) => child instanceof HTMLElement && child.dataset["key"] === key)) return;
  const close = h("button", { type: "button", class: "quiet", title: "Close" }, "\u00d7");
  const notice = h(
    "div",
    { class: `notice ${level}`, testid: `notice-${level}`, "data-key": key },
    h("div", {}, h("strong", {}, clean(what)), where && h("div", { class: "where" }, clean(where)), mend && h("div", {}, clean(mend))),
    close,
  );
  close.addEventListener("click", () => notice.remove());
  holder.append(notice);
  while (holder.children.length > NOTICES_MAX) holder.firstElementChild?.remove();
  if (level === "info") setTimeout(() => notice.remove(), GOOD_NEWS_MS);
}

export function notifyError(error: unknown): void {
  if (error instanceof ApiError) notify(error.body.what, error.body.where, error.body.mend);
  else notify(error instanceof Error ? error.message : String(error));
}
