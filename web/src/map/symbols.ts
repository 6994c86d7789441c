/**
 * The map's symbols, drawn on a canvas at start: one shape per class, so that class can be told
 * without colour. Three fills say how far to trust it: solid (confirmed), hollow (tentative),
 * hollow in a dashed ring (self-report only: a claim). All point north; the map turns them.
 */
import type { Map as MapLibreMap } from "maplibre-gl";
import { FAMILIES, GROUND, STAGES, type Family } from "./palette";
import type { Stage } from "../contract";

const PIXEL_RATIO = 2;
const SIZE = 30;

export type Variant = "solid" | "hollow" | "claim";

export function trackImage(family: Family, variant: Variant): string {
  return `track-${family}-${variant}`;
}

export function stageImage(stage: Stage): string {
  return `stage-${stage}`;
}

type Pen = CanvasRenderingContext2D;

function polygon(pen: Pen, points: readonly (readonly [number, number])[]): void {
  pen.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  pen.closePath();
}

function mirrored(right: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const left = [...right].reverse().map(([x, y]) => [-x, y] as const);
  return [...right, ...left];
}

/** Outlines in a frame whose origin is the middle, y down, north up, within ±12. */
const OUTLINES: Record<Family, (pen: Pen) => void> = {
  airliner: (pen) =>
    polygon(
      pen,
      mirrored([
        [0, -12],
        [1.8, -9],
        [1.8, -3.5],
        [11, 3],
        [11, 5.2],
        [1.8, 2],
        [1.4, 7.5],
        [4.6, 10],
        [4.6, 11.6],
        [0, 10.4],
      ]),
    ),
  light: (pen) =>
    polygon(
      pen,
      mirrored([
        [0, -10],
        [1.8, -8],
        [1.8, -5],
        [11, -4],
        [11, -1],
        [1.7, 0],
        [1.2, 7],
        [4.5, 7.8],
        [4.5, 10],
        [0, 10],
      ]),
    ),
  helicopter: (pen) => {
    polygon(pen, [
      [-1, -11.5],
      [1, -11.5],
      [1, -4],
      [10, 4.2],
      [8.8, 5.6],
      [3, 0.8],
      [1.4, 5],
      [1.2, 9],
      [3.4, 9.4],
      [3.4, 11],
      [-3.4, 11],
      [-3.4, 9.4],
      [-1.2, 9],
      [-1.4, 5],
      [-3, 0.8],
      [-8.8, 5.6],
      [-10, 4.2],
      [-1, -4],
    ]);
  },
  multirotor: (pen) => {
    pen.beginPath();
    for (const [x, y] of [
      [-6.5, -6.5],
      [6.5, -6.5],
      [6.5, 6.5],
      [-6.5, 6.5],
    ] as const) {
      pen.moveTo(x + 4, y);
      pen.arc(x, y, 4, 0, 2 * Math.PI);
    }
    pen.moveTo(2.6, -2.6);
    pen.rect(-2.6, -2.6, 5.2, 5.2);
    pen.moveTo(0, -12);
    pen.lineTo(2.2, -8.5);
    pen.lineTo(-2.2, -8.5);
    pen.closePath();
  },
  fixedwing: (pen) =>
    polygon(
      pen,
      mirrored([
        [0, -11.5],
        [2, -7],
        [10.5, 7.5],
        [10.5, 10],
        [2.4, 7],
        [0, 9],
      ]),
    ),
  bird: (pen) => {
    pen.beginPath();
    pen.moveTo(-10, 2.5);
    pen.quadraticCurveTo(-5, -6, 0, -1);
    pen.quadraticCurveTo(5, -6, 10, 2.5);
    pen.quadraticCurveTo(5, -1.5, 0, 4);
    pen.quadraticCurveTo(-5, -1.5, -10, 2.5);
    pen.closePath();
  },
  balloon: (pen) => {
    pen.beginPath();
    pen.arc(0, -2.5, 7, 0, 2 * Math.PI);
    pen.moveTo(-2.4, 6);
    pen.rect(-2.4, 6, 4.8, 4);
  },
  clutter: (pen) =>
    polygon(pen, [
      [0, -3],
      [5, -8],
      [8, -5],
      [3, 0],
      [8, 5],
      [5, 8],
      [0, 3],
      [-5, 8],
      [-8, 5],
      [-3, 0],
      [-8, -5],
      [-5, -8],
    ]),
  unknown: (pen) =>
    polygon(pen, [
      [0, -12],
      [8.5, 0],
      [0, 8.5],
      [-8.5, 0],
    ]),
};

function canvas(size: number): Pen {
  const element = document.createElement("canvas");
  element.width = size * PIXEL_RATIO;
  element.height = size * PIXEL_RATIO;
  const pen = element.getContext("2d", { willReadFrequently: true });
  if (pen === null) throw new Error("this browser has no 2D canvas");
  pen.scale(PIXEL_RATIO, PIXEL_RATIO);
  pen.translate(size / 2, size / 2);
  pen.lineJoin = "round";
  return pen;
}

export function drawTrack(pen: Pen, family: Family, variant: Variant): void {
  const { colour } = FAMILIES[family];
  OUTLINES[family](pen);
  pen.strokeStyle = GROUND.halo;
  pen.lineWidth = 4;
  pen.stroke();
  OUTLINES[family](pen);
  if (variant === "solid") {
    pen.fillStyle = colour;
    pen.fill();
  } else {
    pen.fillStyle = "rgba(7, 13, 19, 0.75)";
    pen.fill();
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.stroke();
  }
  if (family === "unknown") {
    // A kite with an empty eye: still says where it heads when turned, which a "?" would not.
    pen.beginPath();
    pen.arc(0, -0.5, 2.6, 0, 2 * Math.PI);
    pen.fillStyle = variant === "solid" ? "#10161c" : colour;
    pen.fill();
  }
  if (variant === "claim") {
    pen.beginPath();
    pen.arc(0, 0, 13.6, 0, 2 * Math.PI);
    pen.setLineDash([3, 3]);
    pen.strokeStyle = colour;
    pen.lineWidth = 1.2;
    pen.stroke();
    pen.setLineDash([]);
  }
}

export function drawStage(pen: Pen, stage: Stage): void {
  const { colour, mark } = STAGES[stage];
  const shapes: Record<Stage, readonly (readonly [number, number])[]> = {
    none: [],
    all_clear: [
      [-9, -9],
      [9, -9],
      [9, 9],
      [-9, 9],
    ],
    advisory: [
      [0, -11.5],
      [11.5, 8.5],
      [-11.5, 8.5],
    ],
    prepare: [
      [0, -12],
      [12, 0],
      [0, 12],
      [-12, 0],
    ],
    act: [
      [-5, -12],
      [5, -12],
      [12, -5],
      [12, 5],
      [5, 12],
      [-5, 12],
      [-12, 5],
      [-12, -5],
    ],
  };
  if (stage === "none") {
    pen.beginPath();
    pen.arc(0, 0, 3.2, 0, 2 * Math.PI);
    pen.fillStyle = GROUND.halo;
    pen.fill();
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5;
    pen.stroke();
    return;
  }
  polygon(pen, shapes[stage]);
  pen.strokeStyle = GROUND.halo;
  pen.lineWidth = 5;
  pen.stroke();
  pen.fillStyle = colour;
  pen.fill();
  pen.fillStyle = "#10161c";
  pen.font = `900 ${stage === "act" ? 14 : 13}px sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(mark, 0, stage === "advisory" ? 2.5 : 0.8);
}

function drawSensor(pen: Pen, state: string): void {
  const colour = state === "alive" ? "#9fd3ff" : state === "silent" ? "#ff9f2e" : "#66737f";
  pen.strokeStyle = GROUND.halo;
  pen.fillStyle = GROUND.halo;
  pen.beginPath();
  pen.arc(0, 0, 8, 0, 2 * Math.PI);
  pen.fill();
  pen.strokeStyle = colour;
  pen.lineWidth = 1.6;
  if (state !== "alive") pen.setLineDash([2.5, 2.5]);
  pen.beginPath();
  pen.arc(0, 0, 7, 0, 2 * Math.PI);
  pen.stroke();
  pen.setLineDash([]);
  pen.beginPath();
  if (state === "alive") {
    pen.fillStyle = colour;
    pen.arc(0, 0, 2.6, 0, 2 * Math.PI);
    pen.fill();
  } else {
    pen.moveTo(-3.2, -3.2);
    pen.lineTo(3.2, 3.2);
    pen.moveTo(3.2, -3.2);
    pen.lineTo(-3.2, 3.2);
    pen.stroke();
  }
}

function add(map: MapLibreMap, name: string, size: number, draw: (pen: Pen) => void): void {
  const pen = canvas(size);
  draw(pen);
  const image = pen.getImageData(0, 0, size * PIXEL_RATIO, size * PIXEL_RATIO);
  if (!map.hasImage(name)) map.addImage(name, image, { pixelRatio: PIXEL_RATIO });
}

export function addSymbols(map: MapLibreMap): void {
  for (const family of Object.keys(FAMILIES) as Family[]) {
    for (const variant of ["solid", "hollow", "claim"] as const) {
      add(map, trackImage(family, variant), SIZE, (pen) => drawTrack(pen, family, variant));
    }
  }
  for (const stage of Object.keys(STAGES) as Stage[]) {
    add(map, stageImage(stage), SIZE, (pen) => drawStage(pen, stage));
  }
  for (const state of ["alive", "silent", "never"]) add(map, `sensor-${state}`, 20, (pen) => drawSensor(pen, state));
}

/** The same symbol as an element, for the details panel and the legend. */
export function trackSymbolElement(family: Family, variant: Variant): HTMLCanvasElement {
  const pen = canvas(SIZE);
  drawTrack(pen, family, variant);
  pen.canvas.className = "symbol";
  return pen.canvas;
}

export function stageSymbolElement(stage: Stage): HTMLCanvasElement {
  const pen = canvas(SIZE);
  drawStage(pen, stage);
  pen.canvas.className = "symbol";
  return pen.canvas;
}
