/**
 * The map's style: no tiles, no glyph server, no sprite: everything is on this page. World land is
 * Natural Earth 1:50m (public domain); the site's own map lies over it. Without a `glyphs` URL
 * MapLibre (5.11 and later) draws letters from the machine's own fonts.
 */
import type { StyleSpecification, ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { FeatureCollection } from "geojson";
import { GROUND, STAGES } from "./palette";
import type { Stage } from "../contract";

export const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const FONT = ["Inter", "Noto Sans", "Segoe UI", "Roboto", "Liberation Sans", "DejaVu Sans", "Arial", "sans-serif"];

function stageColour(): ExpressionSpecification {
  const branches = (Object.keys(STAGES) as Stage[]).flatMap((stage) => [stage, STAGES[stage].colour]);
  return ["match", ["get", "stage"], ...branches, STAGES.none.colour] as unknown as ExpressionSpecification;
}

const isKind = (kind: string): ExpressionSpecification => ["==", ["get", "kind"], kind];
const isPolygon: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];
const isPoint: ExpressionSpecification = ["==", ["geometry-type"], "Point"];

const GROUND_LAYERS: LayerSpecification[] = [
  { id: "sea", type: "background", paint: { "background-color": GROUND.sea } },
  { id: "world-land", type: "fill", source: "world", paint: { "fill-color": GROUND.land, "fill-antialias": true } },
  { id: "world-coast", type: "line", source: "world", paint: { "line-color": GROUND.coast, "line-width": 0.8 } },
  {
    id: "site-land",
    type: "fill",
    source: "basemap",
    filter: ["all", isKind("land"), isPolygon],
    paint: { "fill-color": GROUND.siteLand },
  },
  {
    id: "site-coast",
    type: "line",
    source: "basemap",
    filter: ["any", isKind("land"), isKind("coast")],
    paint: { "line-color": GROUND.coast, "line-width": 1.2 },
  },
  {
    id: "site-water",
    type: "fill",
    source: "basemap",
    filter: ["all", isKind("water"), isPolygon],
    paint: { "fill-color": GROUND.water, "fill-outline-color": GROUND.coast },
  },
  {
    id: "site-town-area",
    type: "fill",
    source: "basemap",
    filter: ["all", ["in", ["get", "kind"], ["literal", ["town", "city", "airport", "port", "built"]]], isPolygon],
    paint: { "fill-color": GROUND.town },
  },
  {
    id: "site-road",
    type: "line",
    source: "basemap",
    filter: isKind("road"),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": GROUND.road, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.6, 12, 2.4] },
  },
];

const PLACE_LAYERS: LayerSpecification[] = [
  {
    id: "place-fill",
    type: "fill",
    source: "places",
    filter: isPolygon,
    paint: {
      "fill-color": stageColour(),
      "fill-opacity": ["match", ["get", "stage"], "act", 0.3, "prepare", 0.22, "advisory", 0.14, "all_clear", 0.1, 0.04],
    },
  },
  {
    id: "place-line",
    type: "line",
    source: "places",
    filter: ["all", isPolygon, ["!=", ["get", "stage"], "none"]],
    paint: { "line-color": stageColour(), "line-width": ["match", ["get", "stage"], "act", 3, "prepare", 2.2, 1.6] },
  },
  {
    id: "place-line-none",
    type: "line",
    source: "places",
    filter: ["all", isPolygon, ["==", ["get", "stage"], "none"]],
    paint: { "line-color": STAGES.none.colour, "line-width": 0.8, "line-opacity": 0.6, "line-dasharray": [3, 3] },
  },
];

// Room for text is given from the last layer to the first: the selected track, places under
// warning, then tracks, and quiet names where there is room left.
const SYMBOL_LAYERS: LayerSpecification[] = [
  {
    id: "ellipse-fill",
    type: "fill",
    source: "selected",
    filter: isPolygon,
    paint: { "fill-color": "#ffffff", "fill-opacity": 0.1 },
  },
  {
    id: "ellipse-line",
    type: "line",
    source: "selected",
    filter: isPolygon,
    paint: { "line-color": "#ffffff", "line-width": 1.4, "line-dasharray": [4, 2] },
  },
  {
    id: "selected-ring",
    type: "circle",
    source: "selected",
    filter: isPoint,
    paint: {
      "circle-radius": 19,
      "circle-color": "rgba(0,0,0,0)",
      "circle-stroke-color": "#ffffff",
      "circle-stroke-width": 2,
    },
  },
  {
    id: "sensors",
    type: "symbol",
    source: "sensors",
    layout: {
      "icon-image": ["concat", "sensor-", ["get", "state"]],
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "text-field": ["get", "label"],
      "text-font": FONT,
      "text-size": 10.5,
      "text-anchor": "top",
      "text-offset": [0, 0.95],
      "text-optional": true,
    },
    paint: { "text-color": "#8fb4d4", "text-halo-color": GROUND.halo, "text-halo-width": 1.4 },
  },
  {
    id: "town-labels",
    type: "symbol",
    source: "towns",
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT,
      "text-size": 11,
      "text-padding": 4,
      "symbol-sort-key": ["get", "order"],
    },
    paint: { "text-color": GROUND.townText, "text-halo-color": GROUND.halo, "text-halo-width": 1.4 },
  },
  {
    id: "place-labels-none",
    type: "symbol",
    source: "place-points",
    filter: ["==", ["get", "stage"], "none"],
    layout: {
      "icon-image": "stage-none",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "text-field": ["get", "label"],
      "text-font": FONT,
      "text-size": 11,
      "text-anchor": "top",
      "text-offset": [0, 0.55],
      "text-optional": true,
      "text-padding": 3,
    },
    paint: { "text-color": "#a9bac8", "text-halo-color": GROUND.halo, "text-halo-width": 1.5 },
  },
  {
    id: "track-icons",
    type: "symbol",
    source: "tracks",
    layout: {
      "icon-image": ["get", "icon"],
      "icon-rotate": ["get", "course"],
      "icon-rotation-alignment": "map",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 5, 0.55, 9, 0.8, 12, 1],
      "symbol-sort-key": ["-", ["get", "order"]],
    },
    paint: { "icon-opacity": ["get", "opacity"] },
  },
  {
    id: "track-labels",
    type: "symbol",
    source: "tracks",
    layout: {
      "text-field": ["get", "label"],
      "text-font": FONT,
      "text-size": 11,
      "text-line-height": 1.15,
      "text-justify": "left",
      "text-anchor": "left",
      "text-offset": [1.35, 0],
      "text-padding": 1,
      "text-max-width": 30,
      "symbol-sort-key": ["get", "order"],
    },
    paint: {
      "text-color": ["get", "colour"],
      "text-opacity": ["get", "opacity"],
      "text-halo-color": GROUND.halo,
      "text-halo-width": 1.5,
    },
  },
  {
    id: "place-labels",
    type: "symbol",
    source: "place-points",
    filter: ["!=", ["get", "stage"], "none"],
    layout: {
      "icon-image": ["concat", "stage-", ["get", "stage"]],
      "icon-allow-overlap": true,
      "icon-ignore-placement": false,
      "text-field": ["get", "label"],
      "text-font": FONT,
      "text-size": 12.5,
      "text-anchor": "top",
      "text-offset": [0, 1.25],
      "text-max-width": 24,
      "text-allow-overlap": true,
      "symbol-sort-key": ["get", "order"],
    },
    paint: { "text-color": stageColour(), "text-halo-color": GROUND.halo, "text-halo-width": 2 },
  },
  {
    id: "selected-label",
    type: "symbol",
    source: "selected",
    filter: isPoint,
    layout: {
      "text-field": ["get", "label"],
      "text-font": FONT,
      "text-size": 12,
      "text-justify": "left",
      "text-anchor": "left",
      "text-offset": [1.8, 0],
      "text-max-width": 30,
      "text-allow-overlap": true,
    },
    paint: { "text-color": "#ffffff", "text-halo-color": GROUND.halo, "text-halo-width": 2 },
  },
];

/** Layers below the trails, and those above them. */
export const LAYERS_BELOW: readonly LayerSpecification[] = [...GROUND_LAYERS, ...PLACE_LAYERS];
export const FIRST_LAYER_ABOVE = "ellipse-fill";

export function mapStyle(): StyleSpecification {
  // Points need no simplification and no overlap between tiles; both cost time every tick.
  const points = { type: "geojson" as const, data: EMPTY, tolerance: 0, buffer: 0, maxzoom: 14 };
  return {
    version: 8,
    name: "lapwing",
    sources: {
      world: { type: "geojson", data: EMPTY, tolerance: 0.4, maxzoom: 9 },
      basemap: { type: "geojson", data: EMPTY, tolerance: 0.3 },
      towns: points,
      places: { type: "geojson", data: EMPTY, tolerance: 0.2 },
      "place-points": points,
      sensors: points,
      selected: { type: "geojson", data: EMPTY, tolerance: 0.1 },
      tracks: points,
    },
    layers: [...LAYERS_BELOW, ...SYMBOL_LAYERS],
  };
}
