import { describe, expect, test } from "vitest";
import type { Frame, Track, Warning } from "../../src/contract";
import { Picture, TRAIL_POINTS_MAX } from "../../src/picture";
import { familyOf } from "../../src/map/palette";
import { chooseLabels, trackFeatures, placeFeatures, selectedFeatures, townFeatures, trackLabel, COASTING_MS } from "../../src/map/features";
import { mercatorX, mercatorY } from "../../src/geometry";
import { SegmentBuffer } from "../../src/map/segments";

function track(id: string, timeMs: number, change: Partial<Track> = {}): Track {
  return {
    id, timeMs, latDeg: 47, lonDeg: -24 + timeMs / 1e6, heightM: 120, heightDatum: "msl", veMps: 30, vnMps: 40, vuMps: 0, existence: 0.9,
    class: "unknown", classP: 0.5, label: "", origin: "tracker", ellipse: null, sensors: [], confirmed: true, provisional: false, ...change,
  };
}

function frame(seq: number, change: Partial<Frame> = {}): Frame {
  return {
    seq, full: seq === 1, timeMs: seq * 1000, headMs: null, mode: "live", speed: null, paused: false, tracks: [], gone: [], places: [], warnings: [],
    sensors: [], counters: {}, malformed: 0, ...change,
  };
}

describe("the picture", () => {
  test("takes new, changed and gone tracks", () => {
    const p = new Picture();
    p.apply(frame(1, { tracks: [track("a", 1000), track("b", 1000)] }));
    p.apply(frame(2, { tracks: [track("a", 2000)], gone: ["b"] }));
    expect([...p.tracks.keys()]).toEqual(["a"]);
    expect(p.trails.get("a")?.timeMs).toEqual([1000, 2000]);
    expect(p.trails.has("b")).toBe(false);
  });
  test("a full frame drops what it does not name and keeps the trails of the rest", () => {
    const p = new Picture();
    p.apply(frame(1, { tracks: [track("a", 1000), track("b", 1000)] }));
    p.apply(frame(9, { full: true, tracks: [track("a", 9000)] }));
    expect([...p.tracks.keys()]).toEqual(["a"]);
    expect(p.trails.get("a")?.timeMs).toEqual([1000, 9000]);
  });
  test("time that goes back (a replay begun again) clears the trails", () => {
    const p = new Picture();
    p.apply(frame(5, { full: true, tracks: [track("a", 5000)] }));
    p.apply(frame(1, { tracks: [track("a", 1000)] }));
    expect(p.trails.get("a")?.timeMs).toEqual([1000]);
  });
  test("trails are bounded, and shorter where there are many", () => {
    const p = new Picture();
    for (let s = 1; s <= 200; s += 1) p.apply(frame(s, { tracks: [track("a", s * 1000)] }));
    expect(p.trails.get("a")?.timeMs).toHaveLength(TRAIL_POINTS_MAX);
    const many = new Picture();
    for (let s = 1; s <= 40; s += 1) {
      many.apply(frame(s, { tracks: Array.from({ length: 4000 }, (_, i) => track(`t${i}`, s * 1000)) }));
    }
    // 6 points each, 12.5 s apart.
    expect(many.trails.get("t7")?.timeMs).toEqual([1000, 14_000, 27_000, 40_000]);
    expect(many.trails.get("t7")?.xy).toHaveLength(8);
  });
  test("open and grave warnings come first", () => {
    const w = (id: string, stage: Warning["stage"], state: Warning["state"]): Warning => ({
      id, stage, state, placeId: "p", placeName: "P", issuedMs: 0, updatedMs: 0, why: "", trackIds: [], acknowledgedBy: null, exercise: false,
    });
    const p = new Picture();
    p.apply(frame(1, { warnings: [w("ended", "act", "ended"), w("adv", "advisory", "active"), w("act", "act", "active"), w("ack", "act", "acknowledged"), w("clear", "all_clear", "active")] }));
    expect(p.sortedWarnings().map((x) => x.id)).toEqual(["act", "adv", "clear", "ack", "ended"]);
    expect(p.activeWarnings().map((x) => x.id)).toEqual(["adv", "act"]);
  });
});

test.each([
  ["airliner", "airliner"],
  ["light_aircraft", "light"],
  ["multirotor", "multirotor"],
  ["hobby_drone", "multirotor"],
  ["one_way_drone", "fixedwing"],
  ["fixed_wing_drone", "fixedwing"],
  ["helicopter", "helicopter"],
  ["Bird", "bird"],
  ["wind_turbine", "clutter"],
  ["unknown", "unknown"],
  ["unknown_aircraft", "unknown"],
  ["", "unknown"],
  ["teapot", "unknown"],
])("class %s is drawn as %s", (name, family) => expect(familyOf(name)).toBe(family));

describe("what is drawn", () => {
  const props = (t: Track, nowMs = t.timeMs) => trackFeatures([t], nowMs, null, () => true).features[0]?.properties;
  test("confirmed, tentative and claimed differ", () => {
    expect(props(track("a", 1))?.["icon"]).toBe("track-unknown-solid");
    expect(props(track("a", 1, { confirmed: false }))?.["icon"]).toBe("track-unknown-hollow");
    expect(props(track("a", 1, { origin: "claim" }))?.["icon"]).toBe("track-unknown-claim");
  });
  test("heading, label with datum, and age", () => {
    expect(props(track("a", 1, { veMps: 10, vnMps: 0 }))?.["course"]).toBe(90);
    expect(trackLabel(track("n1-4", 1))).toBe("n1-4\n120 m MSL  50 m/s");
    expect(trackLabel(track("n1-4", 1, { label: "MRW\u202e12\n3", heightM: null }))).toBe("MRW\u00b712\u00b73\n\u2013 m  50 m/s");
    expect(props(track("a", 0), COASTING_MS + 1)?.["opacity"]).toBe(0.5);
  });
  test("few tracks are all labelled; of many, one a cell, the unknown first", () => {
    const view = { x: mercatorX(-24), y: mercatorY(47), scale: 512 * 2 ** 8, widthPx: 1000, heightPx: 600 };
    const here = (id: string, cls: string): Track => track(id, 1, { class: cls, lonDeg: -24 });
    const few = [here("a", "bird"), here("b", "bird")];
    expect(few.map((t) => chooseLabels(few, few.length, view)(t.id))).toEqual([true, true]);
    const many = [...Array.from({ length: 400 }, (_, i) => here(`bird-${i}`, "bird")), here("unknown-1", "unknown"), track("far", 1, { lonDeg: 100 })];
    const has = chooseLabels(many, many.length, view);
    expect(many.filter((t) => has(t.id)).map((t) => t.id)).toEqual(["unknown-1"]);
  });
  test("the selected one has its ellipse, where it has one", () => {
    expect(selectedFeatures(undefined).features).toHaveLength(0);
    expect(selectedFeatures(track("a", 1)).features).toHaveLength(1);
    const withEllipse = selectedFeatures(track("a", 1, { ellipse: { semiMajorM: 9, semiMinorM: 4, azimuthDeg: 1 } }));
    expect(withEllipse.features.map((f) => f.geometry.type)).toEqual(["Point", "Polygon"]);
  });
  test("places carry their stage in words; towns that are places are named once", () => {
    const site = {
      name: "", mode: "", version: "", node: "", bounds: null, sensors: [],
      places: [{ id: "p", name: "Port", lat_deg: 47, lon_deg: -24, radius_m: 1000 }, { id: "q", name: "Quay", polygon: [[0, 0], [1, 0], [1, 1]] as [number, number][] }],
    };
    const states = new Map([["p", { id: "p", stage: "act" as const, pWithin: [0, 0, 0, 0] as [number, number, number, number], arrivalMs: [120_000, 180_000, 300_000] as [number, number, number], trackId: null }]]);
    const { points, areas } = placeFeatures(site, states, 0);
    expect(points.features.map((f) => f.properties?.["label"])).toEqual(["Port\nACT 2\u20135 min", "Quay"]);
    expect(areas.features.every((f) => JSON.stringify(f.geometry.coordinates[0]?.[0]) === JSON.stringify(f.geometry.coordinates[0]?.at(-1)))).toBe(true);
    const town = (name: string) => ({ type: "Feature" as const, properties: { kind: "town", name }, geometry: { type: "Point" as const, coordinates: [0, 0] } });
    expect(townFeatures({ type: "FeatureCollection", features: [town("Port"), town("Fen")] }, site).features.map((f) => f.properties?.["name"])).toEqual(["Fen"]);
  });
});

test("segments keep centimetres far from the map's corner", () => {
  const buffer = new SegmentBuffer();
  buffer.clear(0.4, 0.3);
  const metre = 1 / 40_075_017;
  for (let i = 0; i < 3000; i += 1) buffer.push(0.4 + metre, 0.3, 0.4 + 2.01 * metre, 0.3, [1, 2, 3], 0.5, 1, 1.5);
  const floats = new Float32Array(buffer.view().slice(0, 24).buffer);
  expect(((floats[2] ?? 0) - (floats[0] ?? 0)) / metre).toBeCloseTo(1.01, 3);
  expect(buffer.length).toBe(3000);
});
