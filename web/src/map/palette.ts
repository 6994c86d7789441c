/**
 * Colours and words shared by the map and the panels. Red, amber and green belong to warning
 * stages alone; what flies is never coloured as friend or foe. Each stage also has its own mark
 * and word, so that nothing rests on colour.
 */
import type { Stage } from "../contract";

export const GROUND = {
  sea: "#0a121b",
  land: "#1b2732",
  siteLand: "#21303b",
  coast: "#56707f",
  water: "#0e1a25",
  road: "#3a4b58",
  town: "#2d3c48",
  townText: "#8fa1b0",
  halo: "#070d13",
} as const;

export interface StageLook {
  word: string;
  mark: string;
  colour: string;
  rank: number;
}

export const STAGES: Record<Stage, StageLook> = {
  act: { word: "ACT", mark: "!!!", colour: "#ff4d4f", rank: 4 },
  prepare: { word: "PREPARE", mark: "!!", colour: "#ff9f2e", rank: 3 },
  advisory: { word: "ADVISORY", mark: "!", colour: "#ffe066", rank: 2 },
  all_clear: { word: "ALL CLEAR", mark: "\u2713", colour: "#5fd38d", rank: 1 },
  none: { word: "no warning", mark: "", colour: "#7d93a6", rank: 0 },
};

export type Family =
  | "airliner"
  | "light"
  | "helicopter"
  | "multirotor"
  | "fixedwing"
  | "bird"
  | "balloon"
  | "clutter"
  | "unknown";

export interface FamilyLook {
  colour: string;
  word: string;
  /** Labels of a lower number win where there is no room for all. */
  labelOrder: number;
}

export const FAMILIES: Record<Family, FamilyLook> = {
  unknown: { colour: "#f5f0c8", word: "unknown", labelOrder: 1 },
  fixedwing: { colour: "#e08bff", word: "fixed-wing drone", labelOrder: 2 },
  multirotor: { colour: "#ff8fc7", word: "multirotor", labelOrder: 3 },
  helicopter: { colour: "#a9b4ff", word: "helicopter", labelOrder: 4 },
  light: { colour: "#6fe0d0", word: "light aircraft", labelOrder: 5 },
  airliner: { colour: "#74b9ff", word: "airliner", labelOrder: 6 },
  balloon: { colour: "#d9c7a8", word: "balloon", labelOrder: 7 },
  bird: { colour: "#93a58c", word: "bird", labelOrder: 8 },
  clutter: { colour: "#7d8790", word: "clutter", labelOrder: 9 },
};

const FAMILY_WORDS: readonly (readonly [RegExp, Family])[] = [
  [/unknown|unident|other|none/, "unknown"],
  [/bird|flock/, "bird"],
  [/clutter|turbine|weather|ground|noise|vehicle/, "clutter"],
  [/balloon|airship/, "balloon"],
  [/heli|rotorcraft/, "helicopter"],
  [/multi|quad|copter|hobby/, "multirotor"],
  [/one.?way|drone|uas|uav|unmanned|piston/, "fixedwing"],
  [/light|general|glider|micro|small/, "light"],
  [/airline|jet|large|heavy|transport|aircraft|crewed|manned|fixed/, "airliner"],
];

const KNOWN_MAX = 256;
const known = new Map<string, Family>();

/** The symbol of a class name; a name that is not understood is drawn as unknown, never guessed. */
export function familyOf(className: string): Family {
  const seen = known.get(className);
  if (seen !== undefined) return seen;
  const name = className.toLowerCase();
  const family = FAMILY_WORDS.find(([pattern]) => pattern.test(name))?.[1] ?? "unknown";
  if (known.size < KNOWN_MAX) known.set(className, family);
  return family;
}
