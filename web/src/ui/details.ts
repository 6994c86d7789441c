/**
 * The selected track: what it is taken for and how surely, what it claims (marked as claims, apart
 * from what was measured), which sensors hold it, and the forecast for each place. Motion comes
 * with every frame; the rest is asked of the server every two seconds.
 */
import { ApiError, fetchTrack, type TrackDetail, type TrackForecast } from "../api";
import type { Track } from "../contract";
import { clean, clock, count, course, duration, heightWithFeet, percent, speed, speedMps, words } from "../format";
import { trackName, variantOf } from "../map/features";
import { familyOf } from "../map/palette";
import { trackSymbolElement } from "../map/symbols";
import { byId, h } from "./dom";

const REFRESH_MS = 2000;
const FORECASTS_SHOWN = 8;
const P_SHOWN_MIN = 0.005;

const MOTIONS: Record<string, { mark: string; word: string; rank: number }> = {
  toward: { mark: "\u25b2", word: "toward", rank: 0 },
  passing: { mark: "\u25b6", word: "passing", rank: 1 },
  away: { mark: "\u25bc", word: "away", rank: 2 },
};

const ORIGINS: Record<string, string> = {
  tracker: "Lapwing's own tracker",
  system: "another tracker (system track)",
  claim: "self-report only: a claim",
};

export class Details {
  private readonly panel = byId("details");
  private id: string | null = null;
  private detail: TrackDetail | null = null;
  private problem: string | null = null;
  private askedMs = 0;
  private asking = false;
  private readonly live = h("div");
  private readonly rest = h("div");
  private shownRest: unknown = null;

  constructor(
    private readonly onClose: () => void,
    private readonly onDetail: (detail: TrackDetail) => void,
  ) {}

  select(id: string | null): void {
    this.id = id;
    this.detail = null;
    this.problem = null;
    this.askedMs = 0;
    this.shownRest = null;
    this.panel.hidden = id === null;
    this.live.replaceChildren();
    this.rest.replaceChildren();
    if (id === null) return;
    const close = h("button", { type: "button", class: "quiet close", title: "Deselect (Esc)", testid: "details-close" }, "\u00d7");
    close.addEventListener("click", () => this.onClose());
    this.panel.replaceChildren(close, this.live, this.rest);
    this.panel.scrollTop = 0;
  }

  update(track: Track | undefined, pictureMs: number, nowMs: number): void {
    if (this.id === null) return;
    if (track === undefined) this.showGone();
    else this.showLive(track, pictureMs);
    if (nowMs - this.askedMs >= REFRESH_MS && !this.asking && track !== undefined) void this.ask(nowMs);
    if (this.shownRest !== (this.detail ?? this.problem)) {
      this.shownRest = this.detail ?? this.problem;
      this.showRest();
    }
  }

  private async ask(nowMs: number): Promise<void> {
    const id = this.id;
    if (id === null) return;
    this.asking = true;
    this.askedMs = nowMs;
    try {
      const detail = await fetchTrack(id);
      if (this.id === id) {
        this.detail = detail;
        this.problem = null;
        this.onDetail(detail);
      }
    } catch (error) {
      if (this.id === id) this.problem = error instanceof ApiError ? `${error.body.what} ${error.body.mend}` : String(error);
    } finally {
      this.asking = false;
    }
  }

  private showGone(): void {
    if (this.panel.dataset["gone"] === "true") return;
    this.panel.dataset["gone"] = "true";
    this.live.prepend(h("p", { class: "gone", testid: "details-gone" }, "This track has ended. Below is what was last known."));
  }

  private showLive(track: Track, pictureMs: number): void {
    this.panel.dataset["gone"] = "false";
    const family = familyOf(track.class);
    const ageMs = pictureMs - track.timeMs;
    const fact = (name: string, value: string, testid?: string): HTMLElement =>
      h("div", {}, h("dt", {}, name), h("dd", testid === undefined ? {} : { testid }, value));
    this.live.replaceChildren(
      h(
        "div",
        { class: "title" },
        trackSymbolElement(family, variantOf(track)),
        h(
          "div",
          {},
          h("h3", { testid: "details-name" }, trackName(track)),
          h("p", { class: "small", testid: "details-id" }, `track ${clean(track.id, 40)}`),
        ),
      ),
      h(
        "dl",
        { class: "grid" },
        fact("Class", `${words(track.class)} ${percent(track.classP)}`, "details-class"),
        fact("Exists", `${percent(track.existence)}${track.confirmed ? "" : " (tentative)"}${track.provisional ? " \u00b7 provisional" : ""}`, "details-existence"),
        fact("Height", heightWithFeet(track.heightM, track.heightDatum), "details-height"),
        fact("Speed", speed(speedMps(track.veMps, track.vnMps)), "details-speed"),
        fact("Course", course(track.veMps, track.vnMps)),
        fact("Climb", `${track.vuMps >= 0 ? "+" : "\u2212"}${Math.abs(track.vuMps).toFixed(1)} m/s`),
        fact("Position", `${track.latDeg.toFixed(5)}\u00b0, ${track.lonDeg.toFixed(5)}\u00b0`),
        fact(
          "95 % error",
          track.ellipse === null
            ? "not known"
            : `${count(Math.round(track.ellipse.semiMajorM))} \u00d7 ${count(Math.round(track.ellipse.semiMinorM))} m (half-axes)`,
          "details-ellipse",
        ),
        fact("State of", `${clock(track.timeMs)}${ageMs > 1500 ? `, ${duration(ageMs)} ago` : ""}`),
        fact("Sensors", track.sensors.length === 0 ? "none" : track.sensors.map((id) => clean(id, 32)).join(", "), "details-sensors"),
        fact("Origin", ORIGINS[track.origin] ?? words(track.origin)),
      ),
    );
  }

  private showRest(): void {
    const detail = this.detail;
    if (detail === null) {
      this.rest.replaceChildren(this.problem === null ? "" : h("p", { class: "gone", testid: "details-problem" }, clean(this.problem, 300)));
      return;
    }
    this.rest.replaceChildren(...this.forecasts(detail), ...classes(detail), ...contributors(detail), ...claims(detail));
  }

  private forecasts(detail: TrackDetail): HTMLElement[] {
    const p20 = (f: TrackForecast): number => f.p_within["20"] ?? 0;
    const motion = (f: TrackForecast): number => MOTIONS[f.motion]?.rank ?? 3;
    const sorted = [...detail.forecasts].sort((a, b) => p20(b) - p20(a) || motion(a) - motion(b) || (a.place_id < b.place_id ? -1 : 1));
    const shown = sorted.filter((f) => p20(f) >= P_SHOWN_MIN || f.motion === "toward").slice(0, FORECASTS_SHOWN);
    const others = sorted.length - shown.length;
    const rows = shown.map((f) => {
      const move = MOTIONS[f.motion] ?? { mark: "\u2022", word: words(f.motion), rank: 3 };
      const chance = (minutes: string): HTMLElement => {
        const p = f.p_within[minutes] ?? 0;
        const cell = h("td", {}, percent(p));
        cell.style.setProperty("--p", String(p));
        return cell;
      };
      return h(
        "tbody",
        { testid: "forecast", "data-place": f.place_id, "data-motion": f.motion },
        h("tr", {}, h("th", { scope: "row" }, clean(f.place_name, 40), h("span", { class: "motion" }, ` ${move.mark} ${move.word}`)), chance("2"), chance("6"), chance("10"), chance("20")),
        h(
          "tr",
          { class: "small" },
          h(
            "td",
            { colspan: "5" },
            f.arrival === null
              ? "no arrival expected"
              : `${clock(Date.parse(f.arrival.p05))} \u2013 ${clock(Date.parse(f.arrival.p50))} \u2013 ${clock(Date.parse(f.arrival.p95))}`,
            typeof f.closest_approach_m === "number" && ` \u00b7 closest ${(f.closest_approach_m / 1000).toFixed(1)} km`,
          ),
        ),
      );
    });
    return [
      h("h4", {}, "Forecast: chance to come within radius"),
      rows.length === 0
        ? h("p", { class: "empty" }, "Not expected at any place within 20 minutes.")
        : h(
            "table",
            { class: "forecasts", testid: "forecasts" },
            h("thead", {}, h("tr", {}, h("th", {}, "arrival at 5 \u2013 50 \u2013 95 %"), h("th", {}, "2 min"), h("th", {}, "6 min"), h("th", {}, "10 min"), h("th", {}, "20 min"))),
            ...rows,
          ),
      ...(others > 0 ? [h("p", { class: "small" }, `${others} more place${others === 1 ? "" : "s"} below 0.5 % within 20 min.`)] : []),
    ];
  }
}

function classes(detail: TrackDetail): HTMLElement[] {
  const sorted = Object.entries(detail.classes)
    .filter(([, p]) => typeof p === "number" && p >= 0.01)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5);
  if (sorted.length === 0) return [];
  return [
    h("h4", {}, "Class"),
    h(
      "div",
      { class: "bars", testid: "details-classes" },
      ...sorted.map(([name, p]) => {
        const bar = h("span", { class: "bar" });
        bar.style.setProperty("--p", String(p));
        return h("div", {}, h("span", {}, words(name)), bar, h("span", { class: "n" }, percent(p)));
      }),
    ),
  ];
}

function contributors(detail: TrackDetail): HTMLElement[] {
  return [
    h("h4", {}, "Seen by"),
    detail.contributors.length === 0
      ? h("p", { class: "empty" }, "No independent sensor.")
      : h(
          "table",
          { class: "plain", testid: "details-contributors" },
          ...detail.contributors.map((c) =>
            h("tr", {}, h("th", { scope: "row" }, clean(c.sensor, 32)), h("td", {}, `${count(c.reports)} reports`), h("td", {}, `last ${clock(Date.parse(c.time))}`)),
          ),
        ),
  ];
}

function claims(detail: TrackDetail): HTMLElement[] {
  if (detail.claims.length === 0) return [];
  return [
    h(
      "div",
      { class: "claims", testid: "details-claims" },
      h("h4", {}, "Claims \u2013 what it says of itself, not measured"),
      h(
        "table",
        { class: "plain" },
        ...detail.claims.map((c) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, words(String(c.kind))),
            h("td", {}, `\u201c${clean(String(c.value), 60)}\u201d`),
            h("td", {}, typeof c.trust === "number" ? `trust ${percent(c.trust)}` : "trust not known"),
          ),
        ),
      ),
    ),
  ];
}
