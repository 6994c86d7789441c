// @ts-check
// An island of the tests' own, far from any land, with towns and traffic: enough to look at and to
// test against. It has nothing to do with the simulation that `lapwing demo` shows.

const CENTRE_LAT = 47.2;
const CENTRE_LON = -24.4;
const KM_LAT = 1 / 111.2;
const KM_LON = KM_LAT / Math.cos((CENTRE_LAT * Math.PI) / 180);

/** A small seeded generator (Tommy Ettinger's mulberry32), so that every run draws the same picture. @param {number} seed */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Kilometres east and north of the island's middle to [lon, lat]. @param {number} eastKm @param {number} northKm @returns {[number, number]} */
export function at(eastKm, northKm) {
  return [CENTRE_LON + eastKm * KM_LON, CENTRE_LAT + northKm * KM_LAT];
}

function coast() {
  const ring = [];
  for (let i = 0; i < 240; i += 1) {
    const t = (2 * Math.PI * i) / 240;
    const r = 1 + 0.09 * Math.sin(3 * t + 0.6) + 0.06 * Math.sin(5 * t + 2) + 0.035 * Math.sin(11 * t) + 0.018 * Math.sin(23 * t + 1);
    ring.push(at(44 * r * Math.cos(t), 29 * r * Math.sin(t)));
  }
  ring.push(ring[0] ?? at(0, 0));
  return ring;
}

export const TOWNS = /** @type {const} */ ([
  ["saltmere", "Saltmere", 31, 12, 3000],
  ["hollowick", "Hollowick", 12, 19, 3000],
  ["brackenport", "Brackenport", -8, 22, 2500],
  ["ashby-quay", "Ashby Quay", -34, 8, 2500],
  ["thornley", "Thornley", -20, -4, 2500],
  ["eastmoor", "Eastmoor", 14, -3, 2500],
  ["gullhaven", "Gullhaven", 33, -11, 3000],
  ["stonecross", "Stonecross", -2, -13, 2500],
  ["wick-sands", "Wick Sands", -27, -18, 2500],
]);

export function site(mode = "exercise") {
  return {
    name: "Corran Isle",
    mode,
    version: "0.1.0",
    node: "mock",
    bounds: [...at(-64, -42), ...at(64, 46)],
    places: [
      ...TOWNS.map(([id, name, e, n, radius]) => ({ id, name, lat_deg: at(e, n)[1], lon_deg: at(e, n)[0], radius_m: radius })),
      { id: "airport", name: "Corran Airport", polygon: [at(2, 4), at(8, 5), at(8.4, 3), at(2.4, 2)] },
      { id: "ferry-lane", name: "Ferry lane", polygon: [at(38, 22), at(52, 34), at(54, 32), at(40, 20)] },
    ],
    sensors: SENSORS.map(([id, kind, e, n]) => ({ id, kind, lat_deg: at(e, n)[1], lon_deg: at(e, n)[0], height_m: 60, height_datum: "msl" })),
    areas: [],
  };
}

export const SENSORS = /** @type {const} */ ([
  ["radar-north", "radar", 8, 26, "alive"],
  ["radar-east", "radar", 40, -2, "alive"],
  ["radar-west", "radar", -38, -6, "silent"],
  ["adsb-1", "adsb", 5, 3.5, "alive"],
  ["acoustic-7", "acoustic", 26, 22, "never"],
]);

export function basemap() {
  /** @param {[number, number][]} line @param {string} name */
  const road = (line, name) => ({ type: "Feature", properties: { kind: "road", name }, geometry: { type: "LineString", coordinates: line } });
  /** @type {Map<string, [number, number]>} */
  const towns = new Map(TOWNS.map(([id, , e, n]) => [id, at(e, n)]));
  /** @param {...string} ids */
  const route = (...ids) => ids.map((id) => towns.get(id) ?? at(0, 0));
  return {
    type: "FeatureCollection",
    features: [
      { type: "Feature", properties: { kind: "land", name: "Corran Isle" }, geometry: { type: "Polygon", coordinates: [coast()] } },
      {
        type: "Feature",
        properties: { kind: "water", name: "Loch Hollow" },
        geometry: { type: "Polygon", coordinates: [[at(-14, 6), at(-10, 9), at(-7, 8.4), at(-8, 6.4), at(-12, 4.6), at(-14, 6)]] },
      },
      road(route("ashby-quay", "thornley", "eastmoor", "gullhaven"), "A1"),
      road(route("brackenport", "hollowick", "saltmere", "gullhaven"), "A2"),
      road(route("brackenport", "thornley", "wick-sands"), "A3"),
      road(route("hollowick", "eastmoor", "stonecross", "wick-sands"), "A4"),
      ...TOWNS.map(([, name, e, n]) => ({ type: "Feature", properties: { kind: "town", name }, geometry: { type: "Point", coordinates: at(e, n) } })),
      { type: "Feature", properties: { kind: "town", name: "Little Fen" }, geometry: { type: "Point", coordinates: at(-16, 13) } },
      { type: "Feature", properties: { kind: "town", name: "Marrow" }, geometry: { type: "Point", coordinates: at(22, -20) } },
    ],
  };
}
