import { expect, test } from "vitest";
import * as f from "../../src/format";

test.each([
  [120, "msl", "120 m MSL"],
  [120.6, "ellipsoid", "121 m WGS84 ellipsoid"],
  [3000, "pressure", "3000 m pressure altitude"],
  [50, "ground", "50 m above ground"],
  [50, "", "50 m datum not known"],
  [null, "msl", "height not known"],
] as const)("height %s %s", (heightM, datum, want) => expect(f.height(heightM, datum)).toBe(want));

test.each([
  [0, "0.0 m/s (0 kt)"],
  [51.444, "51 m/s (100 kt)"],
  [10, "10.0 m/s (19 kt)"],
])("speed %s", (mps, want) => expect(f.speed(mps)).toBe(want));

test.each([
  [0, 1, "000\u00b0 true"],
  [1, 0, "090\u00b0 true"],
  [0, -1, "180\u00b0 true"],
  [-1, 0, "270\u00b0 true"],
  [-0.001, 1, "000\u00b0 true"],
])("course of east %s north %s", (ve, vn, want) => expect(f.course(ve, vn)).toBe(want));

test.each([
  [0, "0 %"],
  [0.004, "<1 %"],
  [0.5, "50 %"],
  [0.997, ">99 %"],
  [1, "100 %"],
])("percent %s", (p, want) => expect(f.percent(p)).toBe(want));

test.each([
  [4200, "4 s"],
  [200_000, "3 min 20 s"],
  [7_500_000, "2 h 05 min"],
  [-5, "0 s"],
])("duration %s", (ms, want) => expect(f.duration(ms)).toBe(want));

test("times are UTC and bad times do not throw", () => {
  expect(f.clock(Date.UTC(2026, 10, 22, 21, 4, 5))).toBe("21:04:05Z");
  expect(f.dateAndClock(Date.UTC(2026, 10, 22, 21, 4, 5))).toBe("2026-11-22 21:04:05Z");
  expect(f.clock(Number.NaN)).toBe("--:--:--Z");
  expect(f.clock(1e300)).toBe("--:--:--Z");
});

test("arrival windows", () => {
  const now = Date.UTC(2026, 10, 22, 21, 0, 0);
  expect(f.arrivalWindow([now + 60_000, now + 120_000, now + 240_000], now)).toBe("21:01:00Z\u201321:04:00Z, likely in 2 min 00 s");
  expect(f.arrivalShort([now + 150_000, now + 200_000, now + 290_000], now)).toBe("2\u20135 min");
  expect(f.arrivalShort([now - 50_000, now - 20_000, now + 20_000], now)).toBe("<1 min");
});

test("hostile text loses its power but stays visible", () => {
  expect(f.clean("A\u202eTC\u0000\n1")).toBe("A\u00b7TC\u00b7\u00b71");
  expect(f.clean("<b>x</b>")).toBe("<b>x</b>");
  expect(f.clean("x".repeat(300), 10)).toHaveLength(10);
});

test("a sensor's constant errors say their uncertainty and whether they are taken off", () => {
  const azimuthDeg = { value: -0.314, sigma: 0.013 };
  const radar = { mode: "on", applied: true, azimuthDeg, rangeM: { value: 42, sigma: 3 }, timeS: { value: 0.12, sigma: 0.011 } };
  expect(f.registrationText(radar)).toBe("corrected: azimuth \u22120.31 \u00b1 0.01\u00b0, range +42 \u00b1 3 m, time +120 \u00b1 11 ms");
  const array = { mode: "on", applied: false, azimuthDeg, rangeM: null, timeS: null };
  expect(f.registrationText(array)).toBe("not yet known: azimuth \u22120.31 \u00b1 0.01\u00b0");
  expect(f.registrationText({ ...array, mode: "frozen" })).toMatch(/^watched, not corrected: /);
  expect(f.registrationText({ ...array, mode: "frozen", applied: true })).toMatch(/^corrected: .* \(frozen\)$/);
  expect(f.registrationText(null)).toBe("");
});
