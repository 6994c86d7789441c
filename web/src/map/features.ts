/**
 * The picture as GeoJSON features for the map's sources. Pure functions of the picture, so that
 * what is drawn can be tested without a map.
 */
import type { Feature, FeatureCollection, Point, Polygon } from "geojson";
import type { PlaceState, SensorStatus, Track } from "../contract";
import type { Site, SitePlace } from "../api";
import { arrivalShort, clean, courseDeg, heightShort, speedMps } from "../format";
import { circleRing, ellipseRing, mercatorX, mercatorY, ringMiddle } from "../geometry";
import { FAMILIES, STAGES, familyOf } from "./palette";
import { trackImage, type Variant } from "./symbols";

/** A state this much older than the picture is drawn faint: nothing has refreshed it. */
export const COASTING_MS = 15_000;

export function variantOf(track: Track): Variant {
  if (track.origin === "claim") return "claim";
  return track.confirmed ? "solid" : "hollow";
}

export function trackName(track: Track): string {
  return clean(track.label, 24) || clean(track.id, 24);
}

export function trackLabel(track: Track): string {
  const second = `${heightShort(track.heightM, track.heightDatum)}  ${Math.round(speedMps(track.veMps, track.vnMps))} m/s`;
  return `${trackName(track)}\n${second}`;
}

/** The part of the world on screen: middle in Mercator, pixels per Mercator unit, size in pixels. */
export interface Viewport {
  x: number;
  y: number;
  scale: number;
  widthPx: number;
  heightPx: number;
}

/** Up to so many tracks, all ask for a label and the map finds the room. */
const LABELS_FREE_MAX = 250;
const LABEL_CELL_WIDTH_PX = 130;
const LABEL_CELL_HEIGHT_PX = 30;

/**
 * Which tracks may carry a label where there are too many: one for each cell of a grid about a
 * label wide, the most interesting class first. Laying out thousands of labels that cannot be
 * placed would take most of the second; zooming in brings the rest.
 */
export function chooseLabels(tracks: Iterable<Track>, count: number, view: Viewport): (id: string) => boolean {
  if (count <= LABELS_FREE_MAX) return () => true;
  const best = new Map<number, { id: string; order: number }>();
  const columns = Math.ceil(view.widthPx / LABEL_CELL_WIDTH_PX) + 1;
  for (const track of tracks) {
    const xPx = (mercatorX(track.lonDeg) - view.x) * view.scale + view.widthPx / 2;
    const yPx = (mercatorY(track.latDeg) - view.y) * view.scale + view.heightPx / 2;
    if (xPx < 0 || yPx < 0 || xPx > view.widthPx || yPx > view.heightPx) continue;
    const cell = Math.floor(yPx / LABEL_CELL_HEIGHT_PX) * columns + Math.floor(xPx / LABEL_CELL_WIDTH_PX);
    const order = labelOrder(track);
    const held = best.get(cell);
    if (held === undefined || order < held.order || (order === held.order && track.id < held.id)) best.set(cell, { id: track.id, order });
  }
  const chosen = new Set<string>();
  for (const { id } of best.values()) chosen.add(id);
  return (id) => chosen.has(id);
}

function labelOrder(track: Track): number {
  return FAMILIES[familyOf(track.class)].labelOrder + (track.confirmed ? 0 : 10);
}

export function trackFeatures(
  tracks: Iterable<Track>,
  timeMs: number,
  selectedId: string | null,
  hasLabel: (id: string) => boolean,
): FeatureCollection<Point> {
  const features: Feature<Point>[] = [];
  for (const track of tracks) {
    const family = familyOf(track.class);
    const look = FAMILIES[family];
    const selected = track.id === selectedId;
    const moving = track.veMps !== 0 || track.vnMps !== 0;
    features.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: [track.lonDeg, track.latDeg] },
      properties: {
        id: track.id,
        icon: trackImage(family, variantOf(track)),
        // A course of nothing would look like "north": symbols of things at rest stay upright.
        course: moving ? Math.round(courseDeg(track.veMps, track.vnMps)) : 0,
        label: !selected && hasLabel(track.id) ? trackLabel(track) : "",
        colour: look.colour,
        opacity: timeMs - track.timeMs > COASTING_MS ? 0.5 : 1,
        order: labelOrder(track),
      },
    });
  }
  return { type: "FeatureCollection", features };
}

export function selectedFeatures(track: Track | undefined): FeatureCollection {
  if (track === undefined) return { type: "FeatureCollection", features: [] };
  const features: Feature[] = [
    { type: "Feature", geometry: { type: "Point", coordinates: [track.lonDeg, track.latDeg] }, properties: { label: trackLabel(track) } },
  ];
  if (track.ellipse !== null) {
    const { semiMajorM, semiMinorM, azimuthDeg } = track.ellipse;
    const ring = ellipseRing(track.latDeg, track.lonDeg, semiMajorM, semiMinorM, azimuthDeg);
    features.push({ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: {} });
  }
  return { type: "FeatureCollection", features };
}

function placeRing(place: SitePlace): [number, number][] | null {
  if (place.polygon !== undefined && place.polygon.length >= 3) {
    const ring = [...place.polygon];
    const first = ring[0];
    const last = ring[ring.length - 1];
    if (first && last && (first[0] !== last[0] || first[1] !== last[1])) ring.push(first);
    return ring;
  }
  if (place.lat_deg === undefined || place.lon_deg === undefined) return null;
  return circleRing(place.lat_deg, place.lon_deg, place.radius_m ?? 500);
}

export function placeMiddle(place: SitePlace): [number, number] | null {
  if (place.lat_deg !== undefined && place.lon_deg !== undefined) return [place.lon_deg, place.lat_deg];
  return place.polygon === undefined ? null : ringMiddle(place.polygon);
}

export function placeLabel(name: string, state: PlaceState | undefined, timeMs: number): string {
  const shown = clean(name, 40);
  if (state === undefined || state.stage === "none") return shown;
  const when = state.arrivalMs !== null && state.stage !== "all_clear" ? ` ${arrivalShort(state.arrivalMs, timeMs)}` : "";
  return `${shown}\n${STAGES[state.stage].word}${when}`;
}

export function placeFeatures(
  site: Site,
  states: ReadonlyMap<string, PlaceState>,
  timeMs: number,
): { areas: FeatureCollection<Polygon>; points: FeatureCollection<Point> } {
  const areas: Feature<Polygon>[] = [];
  const points: Feature<Point>[] = [];
  for (const place of site.places) {
    const ring = placeRing(place);
    const middle = placeMiddle(place);
    if (ring === null || middle === null) continue;
    const state = states.get(place.id);
    const stage = state?.stage ?? "none";
    areas.push({ type: "Feature", geometry: { type: "Polygon", coordinates: [ring] }, properties: { id: place.id, stage } });
    points.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: middle },
      properties: { id: place.id, stage, label: placeLabel(place.name, state, timeMs), order: STAGES[stage].rank },
    });
  }
  return {
    areas: { type: "FeatureCollection", features: areas },
    points: { type: "FeatureCollection", features: points },
  };
}

/** Towns of the base map that are not places already (those carry their own label). */
export function townFeatures(basemap: FeatureCollection, site: Site | null): FeatureCollection<Point> {
  const taken = new Set((site?.places ?? []).map((place) => place.name));
  const features: Feature<Point>[] = [];
  for (const feature of basemap.features) {
    const name: unknown = feature.properties?.["name"];
    const kind: unknown = feature.properties?.["kind"];
    if (typeof name !== "string" || name === "" || taken.has(name) || kind === "land" || kind === "road") continue;
    let at: [number, number] | null = null;
    if (feature.geometry.type === "Point") {
      const [lon, lat] = feature.geometry.coordinates;
      if (lon !== undefined && lat !== undefined) at = [lon, lat];
    } else if (feature.geometry.type === "Polygon") {
      at = ringMiddle((feature.geometry.coordinates[0] ?? []) as [number, number][]);
    }
    if (at === null) continue;
    const population: unknown = feature.properties?.["population"];
    features.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: at },
      properties: { name: clean(name, 40), order: typeof population === "number" ? -population : 0 },
    });
  }
  return { type: "FeatureCollection", features };
}

export function sensorFeatures(
  site: Site | null,
  sensors: ReadonlyMap<string, SensorStatus>,
): FeatureCollection<Point> {
  const at = new Map((site?.sensors ?? []).map((s) => [s.id, s]));
  const features: Feature<Point>[] = [];
  for (const id of new Set([...at.keys(), ...sensors.keys()])) {
    const status = sensors.get(id);
    const spec = at.get(id);
    const lon = status?.lonDeg ?? spec?.lon_deg ?? null;
    const lat = status?.latDeg ?? spec?.lat_deg ?? null;
    if (lon === null || lat === null) continue;
    features.push({
      type: "Feature",
      geometry: { type: "Point", coordinates: [lon, lat] },
      properties: { id, state: status?.state ?? "never", label: clean(id, 24) },
    });
  }
  return { type: "FeatureCollection", features };
}
