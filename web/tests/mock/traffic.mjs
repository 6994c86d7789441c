// @ts-check
// Moving things for the mock feed, in the row form of the stream. Straight flight with slow turns;
// positions are a function of the tick, so two runs give the same rows.
import { SENSORS, TOWNS, at, randomFrom } from "./island.mjs";

/**
 * @typedef {{ id: string, label: string, cls: string, p: number, origin: string, e: number, n: number, speed: number,
 *   course: number, turn: number, height: number, datum: string, climb: number, confirmed: boolean, sensors: string[], target: string | null }} Thing
 */

const SPECIES = /** @type {const} */ ([
  { cls: "airliner", share: 0.3, speed: [120, 230], height: [1500, 10500], datum: "pressure", origin: "tracker" },
  { cls: "light_aircraft", share: 0.14, speed: [45, 65], height: [300, 1500], datum: "msl", origin: "tracker" },
  { cls: "helicopter", share: 0.06, speed: [35, 60], height: [150, 600], datum: "msl", origin: "tracker" },
  { cls: "multirotor", share: 0.16, speed: [4, 14], height: [30, 110], datum: "ground", origin: "tracker" },
  { cls: "bird", share: 0.2, speed: [8, 17], height: [20, 300], datum: "ellipsoid", origin: "tracker" },
  { cls: "unknown", share: 0.08, speed: [20, 60], height: [100, 700], datum: "ellipsoid", origin: "tracker" },
  { cls: "airliner", share: 0.06, speed: [180, 240], height: [9000, 11500], datum: "pressure", origin: "claim" },
]);

/** @param {number} count @param {number} seed @returns {Thing[]} */
export function things(count, seed) {
  const random = randomFrom(seed);
  /** @param {readonly [number, number] | readonly number[]} range */
  const within = ([a = 0, b = 1]) => a + (b - a) * random();
  /** @type {Thing[]} */
  const out = [];
  // Four fixed-wing drones come in from the north-east; the first heads for Saltmere.
  const drones = Math.min(4, count);
  for (let i = 0; i < drones; i += 1) {
    out.push({
      id: `demo-${100 + i}`, label: "", cls: "fixed_wing_drone", p: 0.91 - 0.1 * i, origin: "tracker",
      e: 42 + 5 * i, n: 27 + 4 * i, speed: 50 + i, course: 217 - 6 * i, turn: 0, height: 140 + 40 * i, datum: "msl", climb: -0.2,
      confirmed: i < 3, sensors: ["radar-north", "radar-east"], target: i === 0 ? "saltmere" : null,
    });
  }
  while (out.length < count) {
    const i = out.length;
    let pick = random();
    const kind = SPECIES.find((s) => (pick -= s.share) < 0) ?? SPECIES[0];
    const small = kind.cls === "bird" || kind.cls === "multirotor";
    const angle = 2 * Math.PI * random();
    const r = Math.sqrt(random()) * (small ? 0.75 : 1.35);
    out.push({
      id: `demo-${100 + i}`,
      label: kind.cls === "airliner" ? `${["MRW", "COR", "SKL", "ATL"][i % 4]}${100 + ((i * 37) % 900)}` : kind.cls === "light_aircraft" && i % 3 !== 0 ? `G-C${"ABDEFHJK"[i % 8]}${"LMNPRSTU"[(i >> 3) % 8]}X` : "",
      cls: kind.cls,
      p: 0.6 + 0.39 * random(),
      origin: kind.origin,
      e: 44 * r * Math.cos(angle), n: 30 * r * Math.sin(angle),
      speed: within(kind.speed), course: 360 * random(), turn: small ? 3 * (random() - 0.5) : 0.5 * (random() - 0.5),
      height: within(kind.height), datum: kind.datum, climb: 2 * (random() - 0.5),
      confirmed: kind.origin !== "claim" && random() > 0.15,
      sensors: kind.origin === "claim" ? ["adsb-1"] : random() > 0.5 ? ["radar-north", "adsb-1"] : ["radar-east"],
      target: null,
    });
  }
  return out;
}

/** @param {Thing} thing @param {number} dt */
export function move(thing, dt) {
  thing.course = (thing.course + thing.turn * dt + 360) % 360;
  const c = (thing.course * Math.PI) / 180;
  thing.e += (thing.speed * Math.sin(c) * dt) / 1000;
  thing.n += (thing.speed * Math.cos(c) * dt) / 1000;
  // Whoever leaves the theatre turns round.
  if (Math.hypot(thing.e / 66, thing.n / 46) > 1) thing.course = (Math.atan2(-thing.e, -thing.n) * 180) / Math.PI;
}

/** @param {Thing} thing @param {number} timeMs */
export function row(thing, timeMs) {
  const [lon, lat] = at(thing.e, thing.n);
  const c = (thing.course * Math.PI) / 180;
  return [
    thing.id, timeMs, lat, lon, thing.height, thing.datum,
    thing.speed * Math.sin(c), thing.speed * Math.cos(c), thing.climb,
    thing.confirmed ? 0.97 : 0.55, thing.cls, thing.p, thing.label, thing.origin,
    [thing.cls === "airliner" ? 180 : 420, thing.cls === "airliner" ? 90 : 160, thing.course],
    thing.sensors, thing.confirmed,
  ];
}

/** @param {Thing} thing @param {number} timeMs @param {{ t: number, e: number, n: number }[]} past */
export function detail(thing, timeMs, past) {
  const [lon, lat] = at(thing.e, thing.n);
  const c = (thing.course * Math.PI) / 180;
  const speedKm = thing.speed / 1000;
  const forecasts = TOWNS.map(([id, name, e, n]) => {
    const de = e - thing.e;
    const dn = n - thing.n;
    const range = Math.hypot(de, dn);
    const closing = (de * Math.sin(c) + dn * Math.cos(c)) / Math.max(range, 1e-6);
    const seconds = range / Math.max(speedKm, 1e-3);
    const p20 = closing > 0.95 ? 0.86 : closing > 0.6 ? 0.12 : 0.001;
    /** @param {number} minutes */
    const within = (minutes) => (seconds < minutes * 60 ? p20 : seconds < minutes * 90 ? p20 / 4 : p20 / 40);
    /** @param {number} s */
    const time = (s) => new Date(timeMs + s * 1000).toISOString();
    return {
      place_id: id, place_name: name,
      p_within: { 2: within(2), 6: within(6), 10: within(10), 20: within(20) },
      arrival: closing > 0.6 ? { p05: time(seconds * 0.86), p50: time(seconds), p95: time(seconds * 1.3) } : null,
      motion: closing > 0.95 ? "toward" : closing > 0 ? "passing" : "away",
      closest_approach_m: closing > 0 ? range * Math.sqrt(Math.max(0, 1 - closing ** 2)) * 1000 : range * 1000,
    };
  });
  return {
    id: thing.id, time: new Date(timeMs).toISOString(), lat_deg: lat, lon_deg: lon, height_m: thing.height, height_datum: thing.datum,
    ve_mps: thing.speed * Math.sin(c), vn_mps: thing.speed * Math.cos(c), vu_mps: thing.climb, cov: new Array(36).fill(0), existence: 0.97,
    class: thing.cls, classes: { [thing.cls]: thing.p, unknown: (1 - thing.p) * 0.7, bird: (1 - thing.p) * 0.3 },
    claims: thing.sensors.includes("adsb-1") ? [{ kind: "callsign", value: thing.label || "NOCALL1", trust: 0.82 }, { kind: "icao_address", value: "4CA7F1", trust: 0.82 }] : [],
    contributors: thing.sensors.map((sensor, i) => ({ sensor, time: new Date(timeMs - 900 * (i + 1)).toISOString(), reports: 41 + 13 * i })),
    forecasts,
    trail: past.map((p) => { const [x, y] = at(p.e, p.n); return [p.t, y, x]; }),
  };
}

/** @param {number} timeMs */
export function sensorRows(timeMs) {
  return SENSORS.map(([id, kind, e, n, state], i) => {
    const [lon, lat] = at(e, n);
    const last = state === "never" ? null : state === "silent" ? timeMs - 95_000 : timeMs - 400 * i;
    return [id, kind, state, last, state === "never" ? 0 : 1200 * (i + 1), lat, lon];
  });
}
