import { describe, expect, test } from "vitest";
import { ContractError, readFrame, readPlace, readSensor, readTrack, readWarning } from "../../src/contract";

const ROW = ["n1-7", 1_700_000_000_000, 47.4, -23.9, 140, "msl", -30.1, -39.9, -0.2, 0.97, "fixed_wing_drone", 0.91, "", "tracker", [420, 160, 217], ["r1"], true];
const FRAME = { v: 1, seq: 1, full: true, time_ms: 5, mode: "live", speed: null, paused: false, tracks: [], gone: [], places: [], warnings: [], sensors: [], counters: {} };

function rowWith(index: number, value: unknown): unknown[] {
  return ROW.map((v, i) => (i === index ? value : v));
}

describe("track rows", () => {
  test("a whole row is read", () => {
    expect(readTrack(ROW)).toMatchObject({ id: "n1-7", heightDatum: "msl", confirmed: true, ellipse: { semiMajorM: 420, semiMinorM: 160, azimuthDeg: 217 } });
  });
  test.each([
    ["no id", 0, ""],
    ["id of another type", 0, 7],
    ["latitude beyond the pole", 2, 90.01],
    ["latitude not a number", 2, Number.NaN],
    ["longitude missing", 3, null],
    ["time infinite", 1, Number.POSITIVE_INFINITY],
  ])("refused: %s", (_name, index, value) => expect(readTrack(rowWith(index, value))).toBeNull());
  test.each([
    ["height unknown", 4, null, { heightM: null }],
    ["no ellipse", 14, null, { ellipse: null }],
    ["ellipse with a negative axis", 14, [-1, 2, 3], { ellipse: null }],
    ["existence above one", 9, 7, { existence: 1 }],
    ["class empty", 10, "", { class: "unknown" }],
    ["time as bigint", 1, 12n, { timeMs: 12 }],
    ["committed", 17, false, { provisional: false }],
    ["of an older server", 17, undefined, { provisional: false }],
    ["sensors of mixed types", 15, ["a", 3, "b"], { sensors: ["a", "b"] }],
  ])("borne: %s", (_name, index, value, want) => expect(readTrack(rowWith(index, value))).toMatchObject(want));
});

test("rows of places, warnings and sensors", () => {
  expect(readPlace(["p", "act", [0.1, 0.2, 0.3, 0.4], [1, 2, 3], "t"])).toEqual({ id: "p", stage: "act", pWithin: [0.1, 0.2, 0.3, 0.4], arrivalMs: [1, 2, 3], trackId: "t" });
  expect(readPlace(["p", "panic", [0, 0, 0, 0], null, null])).toBeNull();
  expect(readPlace(["p", "none", null, [1, null, 3], null])).toMatchObject({ pWithin: [0, 0, 0, 0], arrivalMs: null });
  expect(readWarning({ id: "w", stage: "act", state: "active", place_id: "p", issued_ms: 9 })).toMatchObject({ placeName: "p", updatedMs: 9, exercise: false });
  expect(readWarning({ id: "w", stage: "act", state: "maybe" })).toBeNull();
  expect(readSensor(["s", "radar", "silent", null, 3, null, null])).toMatchObject({ state: "silent", lastMs: null });
  expect(readSensor(["s", "radar", "alive", 1, 3, 5, 6, ["on", true, [0.31, 0.01], [42, 3], null]])?.registration).toEqual({
    mode: "on", applied: true, azimuthDeg: { value: 0.31, sigma: 0.01 }, rangeM: { value: 42, sigma: 3 }, timeS: null,
  });
  for (const odd of [undefined, null, "on", [], ["on", true, [0.3]], ["on", true, [0.3, -1]], ["on", true, [NaN, 1]]]) {
    expect(readSensor(["s", "radar", "alive", 1, 3, 5, 6, odd])?.registration).toBeNull();
  }
  expect(readSensor(["s", "radar", "asleep", null, 3, null, null])).toBeNull();
});

describe("frames", () => {
  test("the head has its own time, and its tracks say so", () => {
    const frame = readFrame({ ...FRAME, time_ms: 5000, head_ms: 7000, tracks: [[...ROW, true]] });
    expect([frame.timeMs, frame.headMs, frame.tracks[0]?.provisional]).toEqual([5000, 7000, true]);
    expect(readFrame(FRAME).headMs).toBeNull();
  });
  test("bad rows are counted, good ones kept", () => {
    const frame = readFrame({ ...FRAME, tracks: [ROW, [], "x", rowWith(2, 91)], sensors: "none" });
    expect(frame.tracks.map((t) => t.id)).toEqual(["n1-7"]);
    expect(frame.malformed).toBe(4);
  });
  test.each([
    ["not a map", [1, 2]],
    ["another version", { ...FRAME, v: 2 }],
    ["no seq", { ...FRAME, seq: undefined }],
    ["a mode nobody knows", { ...FRAME, mode: "party" }],
  ])("refused: %s", (_name, value) => expect(() => readFrame(value)).toThrow(ContractError));
});
