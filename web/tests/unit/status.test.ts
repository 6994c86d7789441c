import { describe, expect, test } from "vitest";
import { actionOf } from "../../src/keys";
import { judge, type StatusInput } from "../../src/ui/status";

const NOW = 1_000_000_000;
const CALM: StatusInput = {
  nowMs: NOW, pictureTimeMs: NOW - 900, headTimeMs: null, lastFrameMs: NOW - 500, startedMs: NOW - 60_000, mode: "live", speed: null, paused: false,
  link: { kind: "open" }, sensors: { alive: 2, silent: 1, never: 0 },
};

function alarms(change: Partial<StatusInput>): string[] {
  return judge({ ...CALM, ...change }).alarms.map((a) => `${a.id}:${a.level}`);
}

describe("alarms", () => {
  test.each<[string, Partial<StatusInput>, string[]]>([
    ["all is well", {}, []],
    ["a little old", { lastFrameMs: NOW - 5000 }, ["age:caution"]],
    ["old", { lastFrameMs: NOW - 9000 }, ["age:alarm"]],
    ["link lost", { link: { kind: "lost", attempt: 2, retryAtMs: NOW + 1500, reason: "closed" } }, ["link:alarm"]],
    ["reconnecting", { link: { kind: "connecting", attempt: 2 } }, ["link:alarm"]],
    ["first connect", { link: { kind: "connecting", attempt: 0 } }, []],
    ["picture behind the clock", { pictureTimeMs: NOW - 30_000 }, ["lag:alarm"]],
    ["picture ahead of the clock", { pictureTimeMs: NOW + 30_000 }, ["lag:alarm"]],
    ["a replay may be of another day", { mode: "replay", pictureTimeMs: 0 }, []],
    ["an exercise too", { mode: "exercise", pictureTimeMs: 0 }, []],
    ["no sensor alive", { sensors: { alive: 0, silent: 2, never: 1 } }, ["sensors:alarm"]],
    ["no sensor named", { sensors: { alive: 0, silent: 0, never: 0 } }, []],
    ["paused", { paused: true, mode: "replay" }, ["paused:caution"]],
    ["nothing ever came", { lastFrameMs: null, pictureTimeMs: null, mode: null }, ["age:alarm"]],
    ["just begun", { lastFrameMs: null, pictureTimeMs: null, mode: null, startedMs: NOW - 1000 }, []],
  ])("%s", (_name, change, want) => expect(alarms(change)).toEqual(want));
});

test.each<[Partial<StatusInput>, string]>([
  [{}, "LIVE"],
  [{ mode: "replay", speed: 60 }, "REPLAY \u00d760"],
  [{ mode: "replay", speed: 0.5 }, "REPLAY \u00d70.5"],
  [{ mode: "exercise", speed: 1 }, "EXERCISE"],
  [{ mode: null }, "NO PICTURE YET"],
])("banner %o", (change, want) => expect(judge({ ...CALM, ...change }).bannerText).toBe(want));

test.each<[string, Partial<StatusInput>, string]>([
  ["no head", { pictureTimeMs: NOW - 3500 }, "1 s \u00b7 lag 3.0 s"],
  ["live: how old each is", { pictureTimeMs: NOW - 3500, headTimeMs: NOW - 800 }, "1 s \u00b7 lag 3.0 s \u00b7 head 0.3 s"],
  ["else: how far the head is ahead", { mode: "exercise", pictureTimeMs: 5000, headTimeMs: 7500 }, "1 s \u00b7 head +2.5 s"],
])("age of the picture and of its head: %s", (_name, change, want) => expect(judge({ ...CALM, ...change }).ageText).toBe(want));

test("a picture that is not current never says that it is", () => {
  expect(judge(CALM).bannerNote).toBe("the picture is real and now");
  expect(judge({ ...CALM, lastFrameMs: NOW - 9000 }).bannerNote).toContain("not current");
  expect(judge({ ...CALM, link: { kind: "lost", attempt: 1, retryAtMs: NOW, reason: "" } }).bannerNote).toContain("not current");
});

const press = { ctrlKey: false, metaKey: false, altKey: false, typing: false };
test.each([
  [{ key: "l" }, "labels"],
  [{ key: "L" }, "labels"],
  [{ key: "Escape" }, "deselect"],
  [{ key: "?" }, "help"],
  [{ key: "l", ctrlKey: true }, null],
  [{ key: "l", typing: true }, null],
  [{ key: "x" }, null],
])("key %o", (change, want) => expect(actionOf({ ...press, ...change })).toBe(want));
