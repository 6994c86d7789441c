/**
 * Numbers into the words an operator reads. Every quantity carries its unit, every height its
 * datum, every time is UTC. Text that came from outside (callsigns, names) is made harmless here:
 * control and direction-changing characters would let one label pose as another.
 */

import type { Bias, Registration } from "./contract";

const KNOTS_PER_MPS = 3600 / 1852;
const FEET_PER_METRE = 1 / 0.3048;

const DATUM_WORDS: Record<string, string> = {
  msl: "MSL",
  ellipsoid: "WGS84 ellipsoid",
  pressure: "pressure altitude",
  ground: "above ground",
};

const DATUM_SHORT: Record<string, string> = { msl: "MSL", ellipsoid: "HAE", pressure: "PA", ground: "AGL" };

/** C0/C1 controls, zero-width and bidirectional control characters. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

export function clean(text: string, lengthMax = 200): string {
  const safe = text.replace(UNSAFE, "\u00b7").trim();
  return safe.length > lengthMax ? `${safe.slice(0, lengthMax - 1)}\u2026` : safe;
}

export function height(heightM: number | null, datum: string): string {
  if (heightM === null) return "height not known";
  const word = DATUM_WORDS[datum] ?? (datum === "" ? "datum not known" : clean(datum, 24));
  return `${Math.round(heightM)} m ${word}`;
}

export function heightWithFeet(heightM: number | null, datum: string): string {
  if (heightM === null) return "height not known";
  return `${height(heightM, datum)} (${Math.round(heightM * FEET_PER_METRE)} ft)`;
}

/** For map labels: "120 m MSL"; the datum stays, shortened. */
export function heightShort(heightM: number | null, datum: string): string {
  return heightM === null ? "\u2013 m" : `${Math.round(heightM)} m ${DATUM_SHORT[datum] ?? "?"}`;
}

export function speedMps(veMps: number, vnMps: number): number {
  return Math.hypot(veMps, vnMps);
}

export function speed(mps: number): string {
  return `${mps.toFixed(mps < 20 ? 1 : 0)} m/s (${Math.round(mps * KNOTS_PER_MPS)} kt)`;
}

/** Direction of travel in degrees clockwise from true north, [0, 360). */
export function courseDeg(veMps: number, vnMps: number): number {
  return ((Math.atan2(veMps, vnMps) * 180) / Math.PI + 360) % 360;
}

export function course(veMps: number, vnMps: number): string {
  const degrees = Math.round(courseDeg(veMps, vnMps)) % 360;
  return `${String(degrees).padStart(3, "0")}\u00b0 true`;
}

/** Never "100 %" or "0 %" for something that is not certain. */
export function percent(p: number): string {
  if (p <= 0) return "0 %";
  if (p < 0.01) return "<1 %";
  if (p > 0.99 && p < 1) return ">99 %";
  return `${Math.round(p * 100)} %`;
}

export function clock(timeMs: number): string {
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15) return "--:--:--Z";
  return `${new Date(timeMs).toISOString().slice(11, 19)}Z`;
}

export function dateAndClock(timeMs: number): string {
  if (!Number.isFinite(timeMs) || Math.abs(timeMs) > 8.64e15) return "----------";
  return `${new Date(timeMs).toISOString().slice(0, 10)} ${clock(timeMs)}`;
}

/** "4 s", "3 min 20 s", "2 h 05 min", "9 d". */
export function duration(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} min`;
  return `${Math.floor(s / 86_400)} d`;
}

/** For narrow columns: "4 s", "3 min", "2 h". */
export function durationShort(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return `${s} s`;
  if (s < 5970) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.floor(s / 86_400)} d`;
}

/** Arrival window against the picture's own time: "21:14:05Z–21:16:40Z, likely in 4 min 10 s". */
export function arrivalWindow(arrivalMs: readonly [number, number, number], nowMs: number): string {
  const [t05, t50, t95] = arrivalMs;
  const window = `${clock(t05)}\u2013${clock(t95)}`;
  return t50 > nowMs ? `${window}, likely in ${duration(t50 - nowMs)}` : `${window}, likely now`;
}

/** The few lines beside a place on the map: "3–5 min". */
export function arrivalShort(arrivalMs: readonly [number, number, number], nowMs: number): string {
  const early = Math.max(0, (arrivalMs[0] - nowMs) / 60_000);
  const late = Math.max(0, (arrivalMs[2] - nowMs) / 60_000);
  if (late < 1) return "<1 min";
  if (Math.round(early) === Math.round(late)) return `${Math.round(late)} min`;
  return `${Math.floor(early)}\u2013${Math.ceil(late)} min`;
}

export function count(n: number): string {
  return n.toLocaleString("en-GB").replace(/,/g, "\u202f");
}

/** "fixed_wing_drone" → "fixed wing drone". */
export function words(name: string): string {
  return clean(name, 60).replace(/[_-]+/g, " ");
}

/** A sensor's constant errors with one standard deviation: "az +0.31 ± 0.01°, range +42 ± 3 m". */
export function registrationText(registration: Registration | null): string {
  if (registration === null) return "";
  const shown = (bias: Bias, decimals: number): string =>
    `${bias.value < 0 ? "\u2212" : "+"}${Math.abs(bias.value).toFixed(decimals)} \u00b1 ${bias.sigma.toFixed(decimals)}`;
  const { azimuthDeg, rangeM, timeS } = registration;
  const parts = [`azimuth ${shown(azimuthDeg, 2)}\u00b0`];
  if (rangeM !== null) parts.push(`range ${shown(rangeM, 0)} m`);
  if (timeS !== null) parts.push(`time ${shown({ value: timeS.value * 1000, sigma: timeS.sigma * 1000 }, 0)} ms`);
  const state = registration.applied ? "corrected" : registration.mode === "frozen" ? "watched, not corrected" : "not yet known";
  return `${state}: ${parts.join(", ")}${registration.applied && registration.mode === "frozen" ? " (frozen)" : ""}`;
}
