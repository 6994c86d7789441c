/**
 * The map itself. Takes the picture and what the operator chose, and brings MapLibre's sources up
 * to date: at most once per animation frame, and each source only when what it shows has changed.
 */
import * as maplibregl from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import worldUrl from "world-atlas/land-50m.json?url";
import { feature } from "topojson-client";
import type { FeatureCollection, GeoJSON } from "geojson";
import type { Topology } from "topojson-specification";
import type { Site } from "../api";
import type { Picture } from "../picture";
import { ahead, mercatorX, mercatorY } from "../geometry";
import { FAMILIES, familyOf } from "./palette";
import { EMPTY, FIRST_LAYER_ABOVE, mapStyle } from "./style";
import { SegmentLayer, rgb, type Rgb } from "./segments";
import { chooseLabels, placeFeatures, placeMiddle, selectedFeatures, sensorFeatures, townFeatures, trackFeatures, type Viewport } from "./features";
import { addSymbols } from "./symbols";

export interface Choices {
  selectedId: string | null;
  labels: boolean;
  trails: boolean;
  vectors: boolean;
  sensors: boolean;
  follow: boolean;
}

export interface MapEvents {
  onSelectTrack: (id: string | null) => void;
  /** The operator moved the map by hand: following would fight with them. */
  onMovedByHand: () => void;
}

const VECTOR_SECONDS = 60;
const PLACE_REFRESH_MS = 5000;
const PICK_PX = 9;
/** Size of the whole world at zoom 0, as MapLibre counts zoom. */
const TILE_PX = 512;
const FAMILY_RGB = new Map<string, Rgb>(Object.entries(FAMILIES).map(([family, look]) => [family, rgb(look.colour)]));
const WHITE: Rgb = [255, 255, 255];

export class MapView {
  readonly map: maplibregl.Map;
  readonly ready: Promise<void>;
  private readonly segments = new SegmentLayer("trails");
  private site: Site | null = null;
  private basemap: FeatureCollection = EMPTY;
  private basemapLoaded = false;
  private drawn = { places: -1, placesAtMs: 0, sensors: -1, sensorsShown: false, selected: "" };
  private framed = false;
  private covered = 0;
  /** Symbols are there; nothing that names one may be given to the map before. */
  private started = false;
  /** Trail of the selected track from the server, older than this page. */
  selectedTrail: { id: string; xy: number[] } | null = null;

  constructor(container: HTMLElement, events: MapEvents) {
    maplibregl.setWorkerUrl(new URL(workerUrl, document.baseURI).href);
    this.map = new maplibregl.Map({
      container,
      style: mapStyle(),
      center: [0, 30],
      zoom: 1.5,
      maxZoom: 18,
      fadeDuration: 0,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      keyboard: false,
      attributionControl: false,
      renderWorldCopies: false,
      canvasContextAttributes: { antialias: false, powerPreference: "high-performance" },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibregl.AttributionControl({ compact: false, customAttribution: "Land: Natural Earth" }), "bottom-right");
    this.map.addControl(new maplibregl.ScaleControl({ unit: "metric", maxWidth: 120 }), "bottom-right");
    this.map.addControl(new maplibregl.ScaleControl({ unit: "nautical", maxWidth: 120 }), "bottom-right");
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    this.ready = new Promise((resolve) => {
      this.map.once("load", () => {
        addSymbols(this.map);
        this.map.addLayer(this.segments, FIRST_LAYER_ABOVE);
        this.started = true;
        resolve();
      });
    });
    this.map.on("click", (event) => events.onSelectTrack(this.pick(event.point)));
    this.map.on("mousemove", (event) => {
      this.map.getCanvas().style.cursor = this.pick(event.point) === null ? "" : "pointer";
    });
    this.map.on("dragstart", () => events.onMovedByHand());
    void this.loadWorld();
  }

  setSite(site: Site): void {
    this.site = site;
    this.drawn.places = -1;
    this.drawn.sensors = -1;
    void this.ready.then(() => {
      this.setData("towns", townFeatures(this.basemap, site));
      this.home(false);
    });
  }

  setBasemap(basemap: FeatureCollection): void {
    this.basemap = basemap;
    this.basemapLoaded = true;
    void this.ready.then(() => {
      this.setData("basemap", basemap);
      this.setData("towns", townFeatures(basemap, this.site));
    });
  }

  /** The site's bounds, else its places, else the tracks. */
  home(animate = true, picture?: Picture): void {
    let bounds: maplibregl.LngLatBounds | null = null;
    const given = this.site?.bounds;
    if (given) {
      bounds = new maplibregl.LngLatBounds([given[0], given[1]], [given[2], given[3]]);
    } else {
      const points: [number, number][] = [];
      for (const place of this.site?.places ?? []) {
        const middle = placeMiddle(place);
        if (middle) points.push(middle);
      }
      if (points.length < 2) for (const t of picture?.tracks.values() ?? []) points.push([t.lonDeg, t.latDeg]);
      if (points.length > 0) {
        bounds = new maplibregl.LngLatBounds();
        for (const point of points) bounds.extend(point);
      }
    }
    if (bounds === null) return;
    this.framed = true;
    const narrow = this.map.getContainer().clientWidth < 600;
    this.map.fitBounds(bounds, { padding: narrow ? 16 : 40, animate, duration: 400, maxZoom: 12 });
  }

  /** Keeps the part of the map under the details panel out of the way of what is centred. */
  coverLeft(px: number): void {
    if (this.covered === px) return;
    this.covered = px;
    this.map.setPadding({ left: px, top: 0, right: 0, bottom: 0 });
  }

  flyTo(lonLat: [number, number], zoom?: number): void {
    this.map.easeTo({ center: lonLat, zoom: zoom ?? Math.max(this.map.getZoom(), 10), duration: 500 });
  }

  placeAt(id: string): [number, number] | null {
    const place = this.site?.places.find((p) => p.id === id);
    return place === undefined ? null : placeMiddle(place);
  }

  zoomBy(steps: number): void {
    this.map.zoomTo(this.map.getZoom() + steps, { duration: 150 });
  }

  update(picture: Picture, choices: Choices): void {
    const timeMs = picture.timeMs;
    if (timeMs === null || !this.started) return;
    if (!this.framed && this.site !== null && picture.tracks.size > 0) this.home(false, picture);
    const selected = choices.selectedId === null ? undefined : picture.tracks.get(choices.selectedId);

    const hasLabel = choices.labels ? chooseLabels(picture.tracks.values(), picture.tracks.size, this.viewport()) : () => false;
    this.setData("tracks", trackFeatures(picture.tracks.values(), timeMs, choices.selectedId, hasLabel));
    this.fillSegments(picture, choices);
    const mark = selected === undefined ? "" : `${selected.id}@${selected.timeMs}`;
    if (mark !== this.drawn.selected) {
      this.setData("selected", selectedFeatures(selected));
      this.drawn.selected = mark;
    }
    if (this.site !== null && (picture.version.places !== this.drawn.places || Math.abs(timeMs - this.drawn.placesAtMs) >= PLACE_REFRESH_MS)) {
      const { areas, points } = placeFeatures(this.site, picture.places, timeMs);
      if (picture.version.places !== this.drawn.places) this.setData("places", areas);
      this.setData("place-points", points);
      this.drawn.places = picture.version.places;
      this.drawn.placesAtMs = timeMs;
    }
    if (picture.version.sensors !== this.drawn.sensors || choices.sensors !== this.drawn.sensorsShown) {
      this.setData("sensors", choices.sensors ? sensorFeatures(this.site, picture.sensors) : EMPTY);
      this.drawn.sensors = picture.version.sensors;
      this.drawn.sensorsShown = choices.sensors;
    }
    if (choices.follow && selected !== undefined) {
      this.map.jumpTo({ center: [selected.lonDeg, selected.latDeg] });
    }
    this.map.triggerRepaint();
  }

  get hasBasemap(): boolean {
    return this.basemapLoaded;
  }

  private viewport(): Viewport {
    const canvas = this.map.getCanvas();
    const [widthPx, heightPx] = [canvas.clientWidth, canvas.clientHeight];
    // The middle of the canvas: with padding it is not what the map calls its centre.
    const middle = this.map.unproject([widthPx / 2, heightPx / 2]);
    const scale = TILE_PX * 2 ** this.map.getZoom();
    return { x: mercatorX(middle.lng), y: mercatorY(middle.lat), scale, widthPx, heightPx };
  }

  private fillSegments(picture: Picture, choices: Choices): void {
    const centre = this.map.getCenter();
    const buffer = this.segments.buffer;
    buffer.clear(mercatorX(centre.lng), mercatorY(centre.lat));
    if (choices.trails) {
      for (const [id, trail] of picture.trails) {
        const track = picture.tracks.get(id);
        const points = trail.timeMs.length;
        if (track === undefined || points === 0) continue;
        const selected = id === choices.selectedId;
        const colour = selected ? WHITE : (FAMILY_RGB.get(familyOf(track.class)) ?? WHITE);
        const strength = selected ? 0.95 : 0.75;
        const width = selected ? 2.6 : 2;
        const { xy } = trail;
        for (let i = 1; i < points; i += 1) {
          const j = 2 * i;
          const from = (strength * (i - 1)) / points;
          const to = (strength * i) / points;
          buffer.push(xy[j - 2] ?? 0, xy[j - 1] ?? 0, xy[j] ?? 0, xy[j + 1] ?? 0, colour, from, to, width);
        }
        if (track.timeMs > (trail.timeMs[points - 1] ?? 0)) {
          const [x, y] = [xy[2 * points - 2] ?? 0, xy[2 * points - 1] ?? 0];
          const from = (strength * (points - 1)) / points;
          buffer.push(x, y, mercatorX(track.lonDeg), mercatorY(track.latDeg), colour, from, strength, width);
        }
      }
      const past = this.selectedTrail;
      if (past !== null && past.id === choices.selectedId) {
        for (let j = 2; j + 1 < past.xy.length; j += 2) {
          buffer.push(past.xy[j - 2] ?? 0, past.xy[j - 1] ?? 0, past.xy[j] ?? 0, past.xy[j + 1] ?? 0, WHITE, 0.5, 0.5, 1.6);
        }
      }
    }
    if (choices.vectors) {
      for (const t of picture.tracks.values()) {
        if (t.veMps === 0 && t.vnMps === 0) continue;
        const [lon, lat] = ahead(t.latDeg, t.lonDeg, t.veMps, t.vnMps, VECTOR_SECONDS);
        const selected = t.id === choices.selectedId;
        const colour = selected ? WHITE : (FAMILY_RGB.get(familyOf(t.class)) ?? WHITE);
        buffer.push(mercatorX(t.lonDeg), mercatorY(t.latDeg), mercatorX(lon), mercatorY(lat), colour, 0.6, 0.6, selected ? 2 : 1.1);
      }
    }
    this.segments.changed();
  }

  private pick(point: { x: number; y: number }): string | null {
    if (this.map.getLayer("track-icons") === undefined) return null;
    const box: [[number, number], [number, number]] = [
      [point.x - PICK_PX, point.y - PICK_PX],
      [point.x + PICK_PX, point.y + PICK_PX],
    ];
    let best: { id: string; distance: number } | null = null;
    for (const hit of this.map.queryRenderedFeatures(box, { layers: ["track-icons"] })) {
      const id: unknown = hit.properties["id"];
      if (typeof id !== "string" || hit.geometry.type !== "Point") continue;
      const [lon, lat] = hit.geometry.coordinates;
      if (lon === undefined || lat === undefined) continue;
      const at = this.map.project([lon, lat]);
      const distance = Math.hypot(at.x - point.x, at.y - point.y);
      if (best === null || distance < best.distance) best = { id, distance };
    }
    return best?.id ?? null;
  }

  private setData(source: string, data: GeoJSON): void {
    const found = this.map.getSource(source);
    // The returned promise settles when the worker is done; a source replaced meanwhile rejects it.
    if (found instanceof maplibregl.GeoJSONSource) void found.setData(data).catch(() => undefined);
  }

  private async loadWorld(): Promise<void> {
    const [response] = await Promise.all([fetch(new URL(worldUrl, document.baseURI)), this.ready]);
    if (!response.ok) return;
    const topology = (await response.json()) as Topology;
    const land = topology.objects["land"];
    if (land !== undefined) this.setData("world", feature(topology, land) as GeoJSON);
  }
}
