/**
 * The server's stream, as this page reads it: one MessagePack map per tick with only what changed.
 *
 * Why it exists: everything that arrives is checked here, once, so that the rest of the page works
 * with typed values. A row that breaks the contract is left out and counted; it never stops the
 * rows beside it, and it never reaches the map as NaN.
 */

export type Mode = "live" | "replay" | "exercise";
export type Stage = "none" | "advisory" | "prepare" | "act" | "all_clear";
export type WarningState = "active" | "acknowledged" | "cancelled" | "ended";
export type SensorState = "alive" | "silent" | "never";
export type HeightDatum = "ellipsoid" | "msl" | "pressure" | "ground";

/** 95 % error ellipse: half-axes in metres, azimuth of the major axis in degrees clockwise from true north. */
export interface Ellipse {
  semiMajorM: number;
  semiMinorM: number;
  azimuthDeg: number;
}

export interface Track {
  id: string;
  /** Time of the state, unix milliseconds UTC. */
  timeMs: number;
  latDeg: number;
  lonDeg: number;
  heightM: number | null;
  heightDatum: string;
  /** Velocity east, north, up in m/s. */
  veMps: number;
  vnMps: number;
  vuMps: number;
  existence: number;
  class: string;
  classP: number;
  label: string;
  origin: string;
  ellipse: Ellipse | null;
  sensors: string[];
  confirmed: boolean;
  /** Of the head: reports yet to come may still change it. */
  provisional: boolean;
}

export interface PlaceState {
  id: string;
  stage: Stage;
  /** Probability that any track comes within the place's radius within 2, 6, 10 and 20 minutes. */
  pWithin: [number, number, number, number];
  /** Arrival at 5, 50 and 95 %, unix milliseconds UTC. */
  arrivalMs: [number, number, number] | null;
  trackId: string | null;
}

export interface Warning {
  id: string;
  placeId: string;
  placeName: string;
  stage: Stage;
  state: WarningState;
  issuedMs: number;
  updatedMs: number;
  why: string;
  trackIds: string[];
  acknowledgedBy: string | null;
  exercise: boolean;
}

/** A constant error of a sensor, measured less true, and its standard deviation. */
export interface Bias {
  value: number;
  sigma: number;
}

/** The constant errors of a sensor, and whether they are taken off its measurements. */
export interface Registration {
  mode: string;
  applied: boolean;
  azimuthDeg: Bias;
  rangeM: Bias | null;
  timeS: Bias | null;
}

export interface SensorStatus {
  id: string;
  kind: string;
  state: SensorState;
  lastMs: number | null;
  reports: number;
  latDeg: number | null;
  lonDeg: number | null;
  /** Absent where there is none to find, and from older servers. */
  registration: Registration | null;
}

export interface Frame {
  seq: number;
  full: boolean;
  /** Time of the committed picture. */
  timeMs: number;
  /** Time of the provisional head beyond it, where there is one. */
  headMs: number | null;
  mode: Mode;
  speed: number | null;
  paused: boolean;
  tracks: Track[];
  gone: string[];
  places: PlaceState[];
  warnings: Warning[];
  sensors: SensorStatus[];
  counters: Record<string, number>;
  /** Rows of this frame that broke the contract and were left out. */
  malformed: number;
}

const STAGES: readonly string[] = ["none", "advisory", "prepare", "act", "all_clear"];
const WARNING_STATES: readonly string[] = ["active", "acknowledged", "cancelled", "ended"];
const SENSOR_STATES: readonly string[] = ["alive", "silent", "never"];
const MODES: readonly string[] = ["live", "replay", "exercise"];

/** The frame as a whole could not be used (a row that cannot be used is only counted). */
export class ContractError extends Error {}

/** MessagePack 64-bit integers may come as bigint; anything that is not a finite number gives null. */
function number(value: unknown): number | null {
  const n = typeof value === "bigint" ? Number(value) : value;
  return typeof n === "number" && Number.isFinite(n) ? n : null;
}

function numberOr(value: unknown, otherwise: number): number {
  return number(value) ?? otherwise;
}

function probability(value: unknown): number {
  return Math.min(1, Math.max(0, numberOr(value, 0)));
}

function latitude(value: unknown): number | null {
  const n = number(value);
  return n !== null && Math.abs(n) <= 90 ? n : null;
}

function longitude(value: unknown): number | null {
  const n = number(value);
  return n !== null && Math.abs(n) <= 360 ? n : null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((s): s is string => typeof s === "string") : [];
}

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

function readEllipse(value: unknown): Ellipse | null {
  if (!Array.isArray(value)) return null;
  const [a, b, azimuth] = value.map(number);
  if (a == null || b == null || azimuth == null || a < 0 || b < 0) return null;
  return { semiMajorM: a, semiMinorM: b, azimuthDeg: azimuth };
}

export function readTrack(row: unknown): Track | null {
  if (!Array.isArray(row)) return null;
  const id = text(row[0]);
  const timeMs = number(row[1]);
  const latDeg = latitude(row[2]);
  const lonDeg = longitude(row[3]);
  if (id === "" || timeMs === null || latDeg === null || lonDeg === null) return null;
  return {
    id,
    timeMs,
    latDeg,
    lonDeg,
    heightM: number(row[4]),
    heightDatum: text(row[5]),
    veMps: numberOr(row[6], 0),
    vnMps: numberOr(row[7], 0),
    vuMps: numberOr(row[8], 0),
    existence: probability(row[9]),
    class: text(row[10]) || "unknown",
    classP: probability(row[11]),
    label: text(row[12]),
    origin: text(row[13]) || "tracker",
    ellipse: readEllipse(row[14]),
    sensors: strings(row[15]),
    confirmed: row[16] === true,
    provisional: row[17] === true,
  };
}

export function readPlace(row: unknown): PlaceState | null {
  if (!Array.isArray(row)) return null;
  const id = text(row[0]);
  const stage = text(row[1]);
  if (id === "" || !STAGES.includes(stage)) return null;
  const p = Array.isArray(row[2]) ? row[2] : [];
  const arrival = Array.isArray(row[3]) ? row[3].map(number) : [];
  const [t05, t50, t95] = arrival;
  return {
    id,
    stage: stage as Stage,
    pWithin: [probability(p[0]), probability(p[1]), probability(p[2]), probability(p[3])],
    arrivalMs: t05 != null && t50 != null && t95 != null ? [t05, t50, t95] : null,
    trackId: text(row[4]) || null,
  };
}

export function readWarning(value: unknown): Warning | null {
  const map = record(value);
  if (map === null) return null;
  const id = text(map["id"]);
  const stage = text(map["stage"]);
  const state = text(map["state"]);
  if (id === "" || !STAGES.includes(stage) || !WARNING_STATES.includes(state)) return null;
  const issuedMs = numberOr(map["issued_ms"], 0);
  return {
    id,
    placeId: text(map["place_id"]),
    placeName: text(map["place_name"]) || text(map["place_id"]),
    stage: stage as Stage,
    state: state as WarningState,
    issuedMs,
    updatedMs: numberOr(map["updated_ms"], issuedMs),
    why: text(map["why"]),
    trackIds: strings(map["track_ids"]),
    acknowledgedBy: text(map["acknowledged_by"]) || null,
    exercise: map["exercise"] === true,
  };
}

export function readSensor(row: unknown): SensorStatus | null {
  if (!Array.isArray(row)) return null;
  const id = text(row[0]);
  const state = text(row[2]);
  if (id === "" || !SENSOR_STATES.includes(state)) return null;
  return {
    id,
    kind: text(row[1]),
    state: state as SensorState,
    lastMs: number(row[3]),
    reports: numberOr(row[4], 0),
    latDeg: latitude(row[5]),
    lonDeg: longitude(row[6]),
    registration: readRegistration(row[7]),
  };
}

function readBias(value: unknown): Bias | null {
  if (!Array.isArray(value)) return null;
  const [error, sigma] = [number(value[0]), number(value[1])];
  return error === null || sigma === null || sigma < 0 ? null : { value: error, sigma };
}

function readRegistration(row: unknown): Registration | null {
  if (!Array.isArray(row)) return null;
  const azimuthDeg = readBias(row[2]);
  if (azimuthDeg === null) return null;
  return { mode: text(row[0]), applied: row[1] === true, azimuthDeg, rangeM: readBias(row[3]), timeS: readBias(row[4]) };
}

/** Reads a decoded MessagePack value as a frame; throws {@link ContractError} where it is none. */
export function readFrame(value: unknown): Frame {
  const map = record(value);
  if (map === null) throw new ContractError("a frame must be a map");
  if (number(map["v"]) !== 1) throw new ContractError(`frame version ${String(map["v"])} is not 1; reload the page`);
  const seq = number(map["seq"]);
  const timeMs = number(map["time_ms"]);
  const mode = text(map["mode"]);
  if (seq === null || timeMs === null) throw new ContractError("a frame needs seq and time_ms");
  // A picture whose mode is not known must not be mistaken for live.
  if (!MODES.includes(mode)) throw new ContractError(`frame mode "${mode}" is unknown`);

  let malformed = 0;
  const rows = <T>(key: string, read: (row: unknown) => T | null): T[] => {
    const list = map[key];
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) {
      malformed += 1;
      return [];
    }
    const out: T[] = [];
    for (const row of list) {
      const item = read(row);
      if (item === null) malformed += 1;
      else out.push(item);
    }
    return out;
  };

  const counters: Record<string, number> = {};
  for (const [key, count] of Object.entries(record(map["counters"]) ?? {})) {
    const n = number(count);
    if (n !== null) counters[key] = n;
  }
  return {
    seq,
    full: map["full"] === true,
    timeMs,
    headMs: number(map["head_ms"]),
    mode: mode as Mode,
    speed: number(map["speed"]),
    paused: map["paused"] === true,
    tracks: rows("tracks", readTrack),
    gone: strings(map["gone"]),
    places: rows("places", readPlace),
    warnings: rows("warnings", readWarning),
    sensors: rows("sensors", readSensor),
    counters,
    malformed,
  };
}
