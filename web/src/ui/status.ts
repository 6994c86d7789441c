/**
 * What the operator must never be in doubt about: is this real, is it now, is the link up. The
 * decisions are a pure function (tested as a table); the rest writes them to the page.
 */
import type { Mode } from "../contract";
import type { LinkState } from "../stream";
import { clock, dateAndClock, duration } from "../format";
import { byId, h, setData, setText } from "./dom";

export const AGE_WARN_MS = 4000;
export const AGE_ALARM_MS = 8000;
export const LAG_ALARM_MS = 15_000;

export interface StatusInput {
  nowMs: number;
  /** Of the committed picture: what warnings rest on. */
  pictureTimeMs: number | null;
  /** Of the provisional head: where the tracks are drawn. */
  headTimeMs: number | null;
  lastFrameMs: number | null;
  startedMs: number;
  mode: Mode | null;
  speed: number | null;
  paused: boolean;
  link: LinkState;
  sensors: { alive: number; silent: number; never: number };
}

export type AlarmLevel = "alarm" | "caution";

export interface Alarm {
  id: string;
  level: AlarmLevel;
  text: string;
}

export interface Status {
  bannerText: string;
  bannerNote: string;
  ageText: string;
  ageLevel: "none" | "fresh" | "caution" | "alarm";
  alarms: Alarm[];
}

function speedWords(speed: number | null): string {
  if (speed === null) return "";
  return Number.isInteger(speed) ? ` \u00d7${speed}` : ` \u00d7${speed.toFixed(1)}`;
}

/** Tenths matter where seconds are few. */
function fine(ms: number): string {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : duration(ms);
}

export function judge(input: StatusInput): Status {
  const alarms: Alarm[] = [];
  const { nowMs, link } = input;
  const ageMs = input.lastFrameMs === null ? null : Math.max(0, nowMs - input.lastFrameMs);

  if (link.kind === "lost") {
    const wait = Math.max(0, Math.ceil((link.retryAtMs - nowMs) / 1000));
    const shown = ageMs === null ? "No picture yet." : `The map shows what was known ${duration(ageMs)} ago.`;
    alarms.push({
      id: "link",
      level: "alarm",
      text: `CONNECTION LOST \u2013 ${link.reason}. ${shown} Trying again ${wait > 0 ? `in ${wait} s` : "now"} (attempt ${link.attempt}).`,
    });
  } else if (link.kind === "connecting" && link.attempt > 0) {
    alarms.push({ id: "link", level: "alarm", text: `CONNECTION LOST \u2013 reconnecting (attempt ${link.attempt})\u2026` });
  }

  let ageLevel: Status["ageLevel"] = "none";
  if (ageMs === null) {
    if (nowMs - input.startedMs > AGE_ALARM_MS) {
      alarms.push({ id: "age", level: "alarm", text: `NO PICTURE \u2013 nothing received in ${duration(nowMs - input.startedMs)}.` });
    }
  } else if (ageMs > AGE_ALARM_MS) {
    ageLevel = "alarm";
    alarms.push({
      id: "age",
      level: "alarm",
      text: `OLD PICTURE \u2013 last update ${duration(ageMs)} ago. Do not rely on what the map shows.`,
    });
  } else if (ageMs > AGE_WARN_MS) {
    ageLevel = "caution";
    alarms.push({ id: "age", level: "caution", text: `The picture is ${duration(ageMs)} old.` });
  } else {
    ageLevel = "fresh";
  }

  let lag = "";
  if (input.pictureTimeMs !== null && input.lastFrameMs !== null && input.mode === "live") {
    const lagMs = input.lastFrameMs - input.pictureTimeMs;
    lag = ` \u00b7 lag ${lagMs < 0 ? "-" : ""}${fine(Math.abs(lagMs))}`;
    if (Math.abs(lagMs) > LAG_ALARM_MS) {
      alarms.push({
        id: "lag",
        level: "alarm",
        text:
          lagMs > 0
            ? `LATE PICTURE \u2013 its time is ${duration(lagMs)} behind this machine's clock.`
            : `CLOCKS DISAGREE \u2013 the picture's time is ${duration(-lagMs)} ahead of this machine's clock.`,
      });
    }
  }

  if (input.headTimeMs !== null && input.pictureTimeMs !== null && input.lastFrameMs !== null) {
    const live = input.mode === "live";
    const headMs = live ? input.lastFrameMs - input.headTimeMs : input.headTimeMs - input.pictureTimeMs;
    const sign = headMs < 0 ? "-" : live ? "" : "+";
    lag += ` \u00b7 head ${sign}${fine(Math.abs(headMs))}`;
  }

  const sensors = input.sensors.alive + input.sensors.silent + input.sensors.never;
  if (sensors > 0 && input.sensors.alive === 0) {
    alarms.push({ id: "sensors", level: "alarm", text: "NO SENSOR IS ALIVE \u2013 the sky is unknown, not empty." });
  }
  if (input.paused) {
    alarms.push({ id: "paused", level: "caution", text: "PAUSED \u2013 time stands still in this picture." });
  }

  let bannerText = "NO PICTURE YET";
  let bannerNote = link.kind === "lost" ? "not connected" : "connecting";
  if (input.mode === "live") {
    bannerText = "LIVE";
    bannerNote = "the picture is real and now";
  } else if (input.mode === "replay") {
    bannerText = `REPLAY${speedWords(input.speed)}`;
    bannerNote = "recorded data \u2013 not now";
  } else if (input.mode === "exercise") {
    bannerText = `EXERCISE${input.speed === null || input.speed === 1 ? "" : speedWords(input.speed)}`;
    bannerNote = "simulated \u2013 nothing here is real";
  }
  if (input.mode !== null && (ageLevel === "alarm" || link.kind !== "open")) bannerNote = "not current \u2013 see below";
  return {
    bannerText,
    bannerNote,
    ageText: ageMs === null ? "\u2013" : `${duration(ageMs)}${lag}`,
    ageLevel,
    alarms,
  };
}

export class StatusBar {
  private readonly mode = byId("mode");
  private readonly alarms = byId("alarms");
  private readonly utc = byId("utc");
  private readonly pictureTime = byId("picture-time");
  private readonly age = byId("picture-age");
  private readonly link = byId("link");
  private readonly alarmRows = new Map<string, HTMLElement>();
  private bannerKey = "";

  show(input: StatusInput): Status {
    const status = judge(input);
    const bannerKey = `${status.bannerText}|${status.bannerNote}`;
    if (bannerKey !== this.bannerKey) {
      this.bannerKey = bannerKey;
      setData(this.mode, "mode", input.mode ?? "none");
      const word = (): HTMLElement => h("strong", {}, status.bannerText);
      this.mode.replaceChildren(word(), h("span", {}, status.bannerNote), h("strong", { class: "again", "aria-hidden": "true" }, status.bannerText));
    }
    setText(this.utc, clock(input.nowMs));
    setText(this.pictureTime, input.pictureTimeMs === null ? "--:--:--Z" : dateAndClock(input.pictureTimeMs));
    setText(this.age, status.ageText);
    setData(this.age, "level", status.ageLevel);
    setText(this.link, input.link.kind);
    setData(this.link, "state", input.link.kind);
    const stale = status.ageLevel === "alarm" || input.link.kind === "lost";
    document.body.classList.toggle("stale", stale);

    const present = new Set(status.alarms.map((a) => a.id));
    for (const [id, row] of this.alarmRows) {
      if (present.has(id)) continue;
      row.remove();
      this.alarmRows.delete(id);
    }
    for (const alarm of status.alarms) {
      let row = this.alarmRows.get(alarm.id);
      if (row === undefined) {
        row = h("div", { class: "alarm", testid: `alarm-${alarm.id}` });
        this.alarmRows.set(alarm.id, row);
        this.alarms.append(row);
      }
      setData(row, "level", alarm.level);
      setText(row, alarm.text);
    }
    return status;
  }
}
