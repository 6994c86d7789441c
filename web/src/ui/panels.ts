/** The side panels: warnings with their actions, places, sensors, counters. */
import type { PlaceState, SensorStatus, Warning } from "../contract";
import { acknowledgeWarning, cancelWarning, capUrl, type Site } from "../api";
import { arrivalWindow, clean, clock, count, durationShort, percent, registrationText, words } from "../format";
import { STAGES } from "../map/palette";
import type { Picture } from "../picture";
import { KeyedList, byId, h, setText } from "./dom";
import { askCancel, askName } from "./dialogs";
import { notify, notifyError } from "./notices";

export interface PanelEvents {
  onTrack: (id: string) => void;
  onPlace: (id: string) => void;
}

interface PlaceRow {
  name: string;
  state: PlaceState;
  arrival: string;
}

interface SensorRow {
  status: SensorStatus;
  ago: string;
}

export class Panels {
  private readonly warnings: KeyedList<Warning>;
  private readonly places: KeyedList<PlaceRow>;
  private readonly sensors: KeyedList<SensorRow>;
  private placeNames = new Map<string, string>();
  private readonly busy = new Set<string>();

  constructor(private readonly events: PanelEvents) {
    this.warnings = new KeyedList<Warning>(
      byId("warnings"),
      (w) => w.id,
      (w) => JSON.stringify(w),
      (w) => this.warningRow(w),
      () => h("p", { class: "empty" }, "No warning has been issued. Nothing shown is not the same as safe."),
    );
    this.places = new KeyedList<PlaceRow>(
      byId("places"),
      (row) => row.state.id,
      (row) => JSON.stringify(row),
      (row) => this.placeRow(row),
      () => h("p", { class: "empty" }, "No place has a warning stage."),
    );
    this.sensors = new KeyedList<SensorRow>(
      byId("sensors"),
      (row) => row.status.id,
      (row) => `${row.status.state}|${row.ago}|${row.status.reports}|${registrationText(row.status.registration)}`,
      (row) => sensorRow(row),
      () => h("p", { class: "empty" }, "No sensor has been named."),
    );
    const side = byId("side");
    for (const tab of side.querySelectorAll<HTMLElement>(".tabs [data-tab]")) {
      tab.addEventListener("click", () => {
        side.dataset["tab"] = tab.dataset["tab"] ?? "warnings";
      });
    }
  }

  setSite(site: Site): void {
    this.placeNames = new Map(site.places.map((place) => [place.id, place.name]));
  }

  update(picture: Picture): void {
    const now = picture.timeMs ?? 0;
    this.warnings.update(picture.sortedWarnings());
    const active = picture.activeWarnings();
    const counter = byId("warning-count");
    setText(counter, String(active.length));
    const gravest = active.reduce((worst, w) => (STAGES[w.stage].rank > STAGES[worst].rank ? w.stage : worst), "none" as Warning["stage"]);
    counter.dataset["stage"] = gravest;

    const rows = [...picture.places.values()]
      .filter((state) => state.stage !== "none")
      .sort((a, b) => STAGES[b.stage].rank - STAGES[a.stage].rank || b.pWithin[3] - a.pWithin[3] || (a.id < b.id ? -1 : 1))
      .map((state) => ({
        name: this.placeNames.get(state.id) ?? state.id,
        state,
        arrival: state.arrivalMs === null ? "" : arrivalWindow(state.arrivalMs, now),
      }));
    this.places.update(rows);
    setText(byId("place-count"), `${rows.length} of ${Math.max(this.placeNames.size, picture.places.size)}`);

    const order = { silent: 0, never: 1, alive: 2 };
    const sensors = [...picture.sensors.values()]
      .sort((a, b) => order[a.state] - order[b.state] || (a.id < b.id ? -1 : 1))
      .map((status) => ({ status, ago: status.lastMs === null ? "" : durationShort(now - status.lastMs) }));
    this.sensors.update(sensors);
    const n = picture.sensorsByState();
    setText(byId("sensor-count"), `${n.alive} alive \u00b7 ${n.silent} silent${n.never > 0 ? ` \u00b7 ${n.never} never heard` : ""}`);

    const parts = Object.entries(picture.counters).map(([name, value]) => `${words(name)} ${count(value)}`);
    if (picture.malformed > 0) parts.push(`rows not understood ${count(picture.malformed)}`);
    setText(byId("counters"), parts.join(" \u00b7 "));
  }

  private warningRow(warning: Warning): HTMLElement {
    const look = STAGES[warning.stage];
    const open = warning.state === "active" || warning.state === "acknowledged";
    const place = h("button", { type: "button", class: "link place" }, clean(warning.placeName, 60));
    place.addEventListener("click", () => this.events.onPlace(warning.placeId));
    const tracks = warning.trackIds.slice(0, 6).map((id) => {
      const button = h("button", { type: "button", class: "link" }, clean(id, 24));
      button.addEventListener("click", () => this.events.onTrack(id));
      return button;
    });
    const actions = h("div", { class: "buttons" });
    if (warning.state === "active") {
      const acknowledge = h("button", { type: "button", testid: "acknowledge" }, "Acknowledge");
      acknowledge.addEventListener("click", () => void this.acknowledge(warning, acknowledge));
      actions.append(acknowledge);
    }
    if (open) {
      const cancel = h("button", { type: "button", class: "quiet", testid: "cancel" }, "Cancel\u2026");
      cancel.addEventListener("click", () => void this.cancel(warning, cancel));
      actions.append(cancel);
    }
    actions.append(h("a", { href: capUrl(warning.id), target: "_blank", rel: "noopener", testid: "cap-link" }, "CAP XML"));
    return h(
      "article",
      { class: "warning", testid: "warning", "data-id": warning.id, "data-stage": warning.stage, "data-state": warning.state },
      h(
        "div",
        { class: "head" },
        h("span", { class: "stage", "data-stage": warning.stage }, look.mark && h("b", {}, look.mark), look.word),
        place,
        warning.exercise && h("span", { class: "exercise" }, "EXERCISE"),
      ),
      h("p", { class: "why", testid: "why" }, clean(warning.why, 400)),
      h(
        "p",
        { class: "small" },
        `issued ${clock(warning.issuedMs)}`,
        warning.updatedMs > warning.issuedMs ? `, updated ${clock(warning.updatedMs)}` : "",
        tracks.length > 0 && " \u00b7 ",
        ...tracks.flatMap((button, i) => (i === 0 ? [button] : [", ", button])),
      ),
      h(
        "p",
        { class: "small state", testid: "warning-state" },
        warning.state === "acknowledged"
          ? `acknowledged${warning.acknowledgedBy === null ? "" : ` by ${clean(warning.acknowledgedBy, 60)}`}`
          : warning.state === "active"
            ? "not acknowledged"
            : warning.state,
      ),
      actions,
    );
  }

  private async acknowledge(warning: Warning, button: HTMLButtonElement): Promise<void> {
    const by = await askName("Who acknowledges this warning?");
    if (by === null) return;
    await this.act(warning, button, () => acknowledgeWarning(warning.id, by), "Acknowledged");
  }

  private async cancel(warning: Warning, button: HTMLButtonElement): Promise<void> {
    const answer = await askCancel(warning);
    if (answer === null) return;
    await this.act(warning, button, () => cancelWarning(warning.id, answer.by, answer.reason), "Cancelled");
  }

  private async act(warning: Warning, button: HTMLButtonElement, work: () => Promise<void>, done: string): Promise<void> {
    if (this.busy.has(warning.id)) return;
    this.busy.add(warning.id);
    button.disabled = true;
    try {
      await work();
      notify(`${done}: ${warning.placeName}`, "", "", "info");
    } catch (error) {
      notifyError(error);
    } finally {
      this.busy.delete(warning.id);
      button.disabled = false;
    }
  }

  private placeRow({ name, state, arrival }: PlaceRow): HTMLElement {
    const look = STAGES[state.stage];
    const button = h("button", { type: "button", class: "link place" }, clean(name, 60));
    button.addEventListener("click", () => this.events.onPlace(state.id));
    return h(
      "article",
      { class: "row", testid: "place", "data-id": state.id, "data-stage": state.stage },
      h("div", { class: "head" }, h("span", { class: "stage", "data-stage": state.stage }, look.mark && h("b", {}, look.mark), look.word), button),
      arrival !== "" && state.stage !== "all_clear" && h("p", { class: "small" }, `arrival ${arrival}`),
      h(
        "p",
        { class: "small" },
        `within 2 min ${percent(state.pWithin[0])} \u00b7 6 min ${percent(state.pWithin[1])} \u00b7 10 min ${percent(state.pWithin[2])} \u00b7 20 min ${percent(state.pWithin[3])}`,
      ),
    );
  }
}

function sensorRow({ status, ago }: SensorRow): HTMLElement {
  const word = status.state === "alive" ? "alive" : status.state === "silent" ? "SILENT" : "never heard";
  return h(
    "div",
    { class: "sensor", testid: "sensor", "data-id": status.id, "data-state": status.state },
    h("span", { class: "dot", "aria-hidden": "true" }),
    h("span", { class: "id", title: `${clean(status.id, 60)}, ${words(status.kind)}` }, clean(status.id, 32), h("i", {}, words(status.kind))),
    h("span", { class: "state" }, word),
    h("span", { class: "ago", title: "since the last report" }, ago === "" ? "\u2013" : ago),
    h("span", { class: "n", title: "reports" }, count(status.reports)),
    status.registration !== null &&
      h(
        "span",
        {
          class: "bias",
          testid: "bias",
          "data-applied": String(status.registration.applied),
          title: "constant errors of this sensor, \u00b1 one standard deviation",
        },
        registrationText(status.registration),
      ),
  );
}
