/**
 * The server's REST interface. Errors come as {"error":{what,where,mend}} and are kept in that
 * form up to the operator's eyes: what went wrong, where, and how to mend it.
 */
import type { FeatureCollection } from "geojson";

export interface ServerErrorBody {
  what: string;
  where: string;
  mend: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: ServerErrorBody,
  ) {
    super(body.what);
  }
}

export interface SitePlace {
  id: string;
  name: string;
  lat_deg?: number;
  lon_deg?: number;
  radius_m?: number;
  polygon?: [number, number][];
}

export interface SiteSensor {
  id: string;
  kind: string;
  lat_deg: number | null;
  lon_deg: number | null;
  height_m: number | null;
  height_datum: string;
}

export interface Site {
  name: string;
  mode: string;
  version: string;
  node: string;
  bounds: [number, number, number, number] | null;
  places: SitePlace[];
  sensors: SiteSensor[];
}

export interface TrackForecast {
  place_id: string;
  place_name: string;
  p_within: Record<string, number>;
  arrival: { p05: string; p50: string; p95: string } | null;
  motion: string;
  closest_approach_m: number | null;
}

export interface TrackDetail {
  id: string;
  time: string;
  lat_deg: number;
  lon_deg: number;
  height_m: number | null;
  height_datum: string;
  ve_mps: number;
  vn_mps: number;
  vu_mps: number;
  existence: number;
  class: string;
  classes: Record<string, number>;
  claims: { kind: string; value: string; trust: number | null }[];
  contributors: { sensor: string; time: string; reports: number }[];
  forecasts: TrackForecast[];
  trail: [number, number, number][];
}

const TIMEOUT_MS = 10_000;

async function request(path: string, init: RequestInit = {}): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" });
  } catch {
    throw new ApiError(0, {
      what: "The server did not answer.",
      where: path,
      mend: "Check that lapwing is running and this machine reaches it.",
    });
  }
  const type = response.headers.get("content-type") ?? "";
  const body: unknown = type.includes("json") ? await response.json().catch(() => null) : null;
  if (response.ok) return body;
  const error = ((body as { error?: Partial<ServerErrorBody> } | null)?.error ?? {}) as Partial<ServerErrorBody>;
  throw new ApiError(response.status, {
    what: error.what ?? `The server answered ${response.status}.`,
    where: error.where ?? path,
    mend: error.mend ?? "Look into the server's log.",
  });
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

export async function fetchSite(): Promise<Site> {
  const site = (await request("/api/v1/site")) as Partial<Site> | null;
  return {
    name: site?.name ?? "",
    mode: site?.mode ?? "",
    version: site?.version ?? "",
    node: site?.node ?? "",
    bounds: site?.bounds ?? null,
    places: list<SitePlace>(site?.places),
    sensors: list<SiteSensor>(site?.sensors),
  };
}

export async function fetchBasemap(): Promise<FeatureCollection> {
  const map = (await request("/api/v1/basemap.geojson")) as Partial<FeatureCollection> | null;
  return { type: "FeatureCollection", features: list(map?.features) };
}

export async function fetchTrack(id: string): Promise<TrackDetail> {
  const track = (await request(`/api/v1/tracks/${encodeURIComponent(id)}`)) as Partial<TrackDetail>;
  return {
    ...(track as TrackDetail),
    classes: track.classes ?? {},
    claims: list(track.claims),
    contributors: list(track.contributors),
    forecasts: list(track.forecasts),
    trail: list(track.trail),
  };
}

async function post(path: string, body: Record<string, string>): Promise<void> {
  await request(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

export function acknowledgeWarning(id: string, by: string): Promise<void> {
  return post(`/api/v1/warnings/${encodeURIComponent(id)}/acknowledge`, { by });
}

export function cancelWarning(id: string, by: string, reason: string): Promise<void> {
  return post(`/api/v1/warnings/${encodeURIComponent(id)}/cancel`, { by, reason });
}

export function capUrl(id: string): string {
  return `/api/v1/warnings/${encodeURIComponent(id)}.cap.xml`;
}
