/**
 * Small shapes on the map: error ellipses, circles, spherical Mercator. Metres become degrees by
 * the local radii of curvature of WGS 84 (Rapp 1991, Geometric Geodesy I, §3): at the sizes drawn
 * here (below 100 km) the error is far under a pixel. Nothing measured is computed on this page.
 */

const WGS84_A_M = 6_378_137;
const WGS84_E2 = 6.694379990141317e-3;
const RAD = Math.PI / 180;

/** Metres per degree of latitude and of longitude at a latitude. */
export function metresPerDegree(latDeg: number): { latM: number; lonM: number } {
  const sin = Math.sin(latDeg * RAD);
  const w2 = 1 - WGS84_E2 * sin * sin;
  const meridianM = (WGS84_A_M * (1 - WGS84_E2)) / w2 ** 1.5;
  const primeVerticalM = WGS84_A_M / Math.sqrt(w2);
  // Near the poles a degree of longitude has no length to divide by.
  return { latM: meridianM * RAD, lonM: Math.max(1, primeVerticalM * Math.cos(latDeg * RAD) * RAD) };
}

/** A closed ring [lon, lat] of an ellipse whose major axis points `azimuthDeg` clockwise from north. */
export function ellipseRing(
  latDeg: number,
  lonDeg: number,
  semiMajorM: number,
  semiMinorM: number,
  azimuthDeg: number,
  points = 64,
): [number, number][] {
  const { latM, lonM } = metresPerDegree(latDeg);
  const sin = Math.sin(azimuthDeg * RAD);
  const cos = Math.cos(azimuthDeg * RAD);
  const ring: [number, number][] = [];
  for (let i = 0; i < points; i += 1) {
    const t = (2 * Math.PI * i) / points;
    const along = semiMajorM * Math.cos(t);
    const across = semiMinorM * Math.sin(t);
    const eastM = along * sin + across * cos;
    const northM = along * cos - across * sin;
    ring.push([lonDeg + eastM / lonM, latDeg + northM / latM]);
  }
  const first = ring[0];
  if (first) ring.push([first[0], first[1]]);
  return ring;
}

export function circleRing(latDeg: number, lonDeg: number, radiusM: number, points = 64): [number, number][] {
  return ellipseRing(latDeg, lonDeg, radiusM, radiusM, 0, points);
}

/** Where a thing would be after `seconds` at constant velocity, as [lon, lat]. */
export function ahead(latDeg: number, lonDeg: number, veMps: number, vnMps: number, seconds: number): [number, number] {
  const { latM, lonM } = metresPerDegree(latDeg);
  return [lonDeg + (veMps * seconds) / lonM, latDeg + (vnMps * seconds) / latM];
}

/** Spherical Mercator as the map's renderer uses it: both axes 0..1, y down. */
export function mercatorX(lonDeg: number): number {
  return (lonDeg + 180) / 360;
}

export function mercatorY(latDeg: number): number {
  const clamped = Math.min(85.0511, Math.max(-85.0511, latDeg));
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (clamped * RAD) / 2)) / (2 * Math.PI);
}

/** Mean of a ring's vertices, for a label; not an area centroid. */
export function ringMiddle(ring: readonly (readonly [number, number])[]): [number, number] | null {
  if (ring.length === 0) return null;
  let lon = 0;
  let lat = 0;
  for (const [x, y] of ring) {
    lon += x;
    lat += y;
  }
  return [lon / ring.length, lat / ring.length];
}
