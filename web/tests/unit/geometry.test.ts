import { expect, test } from "vitest";
import * as g from "../../src/geometry";

// Oracle: published lengths of a degree on WGS 84 (Wikipedia, tables in "Latitude" and "Longitude").
test.each([
  [0, 110_574, 111_320],
  [45, 111_132, 78_847],
  [60, 111_412, 55_800],
])("metres per degree at %s\u00b0", (lat, latM, lonM) => {
  const m = g.metresPerDegree(lat);
  expect(Math.abs(m.latM - latM)).toBeLessThan(1.5);
  expect(Math.abs(m.lonM - lonM)).toBeLessThan(1.5);
});

test("the ellipse's major axis points where its azimuth says", () => {
  const ring = g.ellipseRing(50, 10, 1000, 100, 90, 64);
  const { lonM, latM } = g.metresPerDegree(50);
  const east = Math.max(...ring.map(([lon]) => (lon - 10) * lonM));
  const north = Math.max(...ring.map(([, lat]) => (lat - 50) * latM));
  expect(east).toBeCloseTo(1000, 6);
  expect(north).toBeCloseTo(100, 6);
  expect(ring[0]).toEqual(ring[ring.length - 1]);
});

test("an azimuth of 45\u00b0 leans to the north-east, not to the north-west", () => {
  const [tip] = g.ellipseRing(50, 10, 1000, 100, 45);
  expect((tip?.[0] ?? 0) > 10 && (tip?.[1] ?? 0) > 50).toBe(true);
});

test("one minute ahead at 60 m/s to the north is 3.6 km", () => {
  const [lon, lat] = g.ahead(50, 10, 0, 60, 60);
  expect(lon).toBe(10);
  expect((lat - 50) * g.metresPerDegree(50).latM).toBeCloseTo(3600, 6);
});

test("Mercator", () => {
  expect(g.mercatorX(-180)).toBe(0);
  expect(g.mercatorY(0)).toBeCloseTo(0.5, 15);
  expect(g.mercatorY(85.0511)).toBeCloseTo(0, 5);
  expect(Number.isFinite(g.mercatorY(90))).toBe(true);
});
