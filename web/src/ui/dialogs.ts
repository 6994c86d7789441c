/**
 * Questions to the operator. Acknowledging needs a name (asked once, kept in this browser);
 * cancelling a warning needs a name, a reason and a second, deliberate press.
 */
import type { Warning } from "../contract";
import { clean } from "../format";
import { FAMILIES, STAGES, type Family } from "../map/palette";
import { stageSymbolElement, trackSymbolElement } from "../map/symbols";
import type { Stage } from "../contract";
import { h } from "./dom";

const NAME_KEY = "lapwing.operator";

export function operatorName(): string {
  try {
    return localStorage.getItem(NAME_KEY) ?? "";
  } catch {
    return "";
  }
}

function keepOperatorName(name: string): void {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // Storage is switched off: the name is asked for again next time.
  }
}

function open(dialog: HTMLDialogElement): Promise<boolean> {
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
  });
}

function nameField(): { row: HTMLElement; input: HTMLInputElement } {
  const input = h("input", {
    type: "text",
    name: "by",
    required: "",
    maxlength: "60",
    autocomplete: "name",
    testid: "operator-name",
  });
  input.value = operatorName();
  return { row: h("label", {}, h("span", {}, "Your name or call sign"), input), input };
}

/** Gives the operator's name, asking only where it is not known. Null: they changed their mind. */
export async function askName(purpose: string): Promise<string | null> {
  const known = operatorName();
  if (known !== "") return known;
  const { row, input } = nameField();
  const no = h("button", { type: "button", class: "quiet" }, "Back");
  const form = h(
    "form",
    { method: "dialog" },
    h("h3", {}, purpose),
    h("p", {}, "It is recorded with the warning. This browser remembers the name."),
    row,
    h("div", { class: "buttons" }, no, h("button", { type: "submit", value: "yes", class: "primary", testid: "name-confirm" }, "Acknowledge")),
  );
  const dialog = h("dialog", { testid: "name-dialog" }, form);
  no.addEventListener("click", () => dialog.close(""));
  const agreed = await open(dialog);
  const name = input.value.trim();
  if (!agreed || name === "") return null;
  keepOperatorName(name);
  return name;
}

/** Asks for name and reason, and to confirm. Null: nothing is to be cancelled. */
export async function askCancel(warning: Warning): Promise<{ by: string; reason: string } | null> {
  const { row, input } = nameField();
  const reason = h("textarea", { name: "reason", required: "", rows: "3", maxlength: "500", testid: "cancel-reason" });
  const sure = h("input", { type: "checkbox", required: "", testid: "cancel-sure" });
  const no = h("button", { type: "button", class: "quiet", testid: "cancel-back" }, "Keep the warning");
  const form = h(
    "form",
    { method: "dialog" },
    h("h3", {}, `Cancel the ${STAGES[warning.stage].word} warning for ${clean(warning.placeName, 60)}?`),
    h("p", { class: "why" }, clean(warning.why, 300)),
    h("p", {}, "Everyone who received the warning is told that it is cancelled, with your reason."),
    row,
    h("label", {}, h("span", {}, "Reason"), reason),
    h("label", { class: "check" }, sure, h("span", {}, "I have checked the picture and want to cancel this warning.")),
    h("div", { class: "buttons" }, no, h("button", { type: "submit", value: "yes", class: "danger", testid: "cancel-confirm" }, "Cancel the warning")),
  );
  const dialog = h("dialog", { testid: "cancel-dialog" }, form);
  no.addEventListener("click", () => dialog.close(""));
  const agreed = await open(dialog);
  const by = input.value.trim();
  const why = reason.value.trim();
  if (!agreed || by === "" || why === "") return null;
  keepOperatorName(by);
  return { by, reason: why };
}

export const KEYS: readonly (readonly [string, string])[] = [
  ["l", "labels on and off"],
  ["t", "trails on and off"],
  ["v", "speed vectors (one minute ahead) on and off"],
  ["s", "sensors on the map on and off"],
  ["f", "follow the selected track"],
  ["n", "next open warning: select its track"],
  ["h", "home: the whole site"],
  ["+ \u2212", "zoom"],
  ["Esc", "deselect, close"],
  ["?", "this page"],
];

export function showHelp(): void {
  if (document.querySelector("dialog[open]") !== null) return;
  const close = h("button", { type: "submit", class: "primary" }, "Close");
  const dialog = h(
    "dialog",
    { class: "help", testid: "help" },
    h(
      "form",
      { method: "dialog" },
      h("h3", {}, "Keys and symbols"),
      h(
        "div",
        { class: "columns" },
        h("dl", { class: "keys" }, ...KEYS.flatMap(([key, does]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, does)])),
        h(
          "div",
          { class: "legend" },
          ...(Object.keys(FAMILIES) as Family[]).map((family) =>
            h("div", {}, trackSymbolElement(family, "solid"), h("span", {}, FAMILIES[family].word)),
          ),
          h("div", {}, trackSymbolElement("unknown", "hollow"), h("span", {}, "hollow: tentative track")),
          h("div", {}, trackSymbolElement("airliner", "claim"), h("span", {}, "dashed ring: self-report only, a claim")),
          ...(["act", "prepare", "advisory", "all_clear"] as Stage[]).map((stage) =>
            h("div", {}, stageSymbolElement(stage), h("span", {}, STAGES[stage].word)),
          ),
        ),
      ),
      h("p", {}, "Where no sensor can see, the map shows nothing. Nothing shown does not mean that nothing is there."),
      h("div", { class: "buttons" }, h("a", { href: "./licences.txt", target: "_blank", rel: "noopener" }, "Licences"), close),
    ),
  );
  void open(dialog);
}
