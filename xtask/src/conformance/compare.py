"""Compares what `lapwing decode` prints with what libasterix reads from the same capture.

usage: compare.py CAPTURE SCALED.jsonl RAW.jsonl CAT=EDITION[/EXPANSION] ...

Every record, item by item and value by value, in both directions: an item that one of them lacks
is a difference. Prints one JSON object.
"""
import json
import sys
from collections import Counter

import asterix.base as base
import asterix.generated as generated

SHOWN = 20


def frames(octets):
    """Payloads of EUROCONTROL Final Format frames."""
    at = 0
    while at < len(octets):
        length = int.from_bytes(octets[at : at + 2], "big")
        yield octets[at + 8 : at + length - 4]
        at += length


class Reader:
    """One record as nested dictionaries of (scaled, raw)."""

    def __init__(self, record, expansion):
        self.record = record
        self.expansion = expansion

    def items(self):
        out = {}
        for name, item in self.record.items_regular.items():
            out[name] = self.variation(item.arg, name)
        return out

    def chosen(self, paths):
        """Values of the items that a choice depends on."""
        values = []
        for path in paths:
            found = self.record.items_regular.get(path[0])
            for name in path[1:]:
                if found is None:
                    return None
                found = self.plain(found.arg)._get_item(name)
            if found is None:
                return None
            values.append(found.as_uint())
        return values

    def plain(self, rule):
        if isinstance(rule, base.RuleVariationContextFree):
            return rule.arg
        if isinstance(rule, base.RuleVariationDependent):
            key = self.chosen(rule.cv_depends_on)
            known = [tuple(case) for case, _ in rule.cv_cases]
            return rule._variation(key if key is not None and tuple(key) in known else None)
        return rule

    def variation(self, rule, name):
        var = self.plain(rule)
        if isinstance(var, base.Element):
            return self.element(var)
        if isinstance(var, base.Group):
            return {i.cv_non_spare.cv_name: self.variation(i.arg.arg, name) for i in var.arg if isinstance(i, base.Item)}
        if isinstance(var, base.Extended):
            found = [i for part in var.arg for i in part if isinstance(i, base.Item)]
            return {i.cv_non_spare.cv_name: self.variation(i.arg.arg, name) for i in found}
        if isinstance(var, base.Repetitive):
            return [self.variation(part, name) for part in var.arg]
        if isinstance(var, base.Compound):
            return {n: self.variation(i.arg, name) for n, i in var.arg.items()}
        if isinstance(var, base.Explicit):
            octets = var.get_bytes()
            if name == "RE" and self.expansion is not None:
                parsed = self.expansion.cv_expansion.parse(base.Bits.from_bytes(octets))
                if not isinstance(parsed, ValueError):
                    inside, rest = parsed
                    if len(rest) == 0:
                        return {n: self.variation(i.arg, "") for n, i in inside.arg.items()}
            return (octets.hex(), octets.hex())
        raise TypeError(type(var))

    def element(self, var):
        rule = var._get_rule()
        raw = var.as_uint()
        if isinstance(rule, base.RuleContentDependent):
            key = self.chosen(rule.cv_depends_on)
            known = [tuple(case) for case, _ in rule.cv_cases]
            content = rule._get_content(key if key is not None and tuple(key) in known else None)
        else:
            content = rule._get_content()
        if isinstance(content, base.ContentString):
            return (content.as_string().rstrip(), raw)
        if isinstance(content, base.ContentInteger):
            return (content.as_integer(), raw)
        if isinstance(content, base.ContentQuantity):
            return (content._as_quantity(), raw)
        return (raw, raw)


class Comparison:
    def __init__(self):
        self.values = Counter()
        self.records = Counter()
        self.differences = Counter()
        self.shown = []

    def differ(self, where, theirs, ours):
        self.differences[where.split("/")[0]] += 1
        if len(self.shown) < SHOWN:
            self.shown.append({"where": where, "libasterix": theirs, "lapwing": ours})

    def same(self, theirs, ours):
        if isinstance(theirs, float) or isinstance(ours, float):
            return isinstance(ours, (int, float)) and abs(theirs - ours) <= 1e-9 * max(1.0, abs(theirs))
        return theirs == ours

    def walk(self, where, theirs, scaled, raw):
        if isinstance(theirs, dict):
            if not (isinstance(scaled, dict) and isinstance(raw, dict)):
                return self.differ(where, sorted(theirs), scaled)
            if not theirs.keys() == scaled.keys() == raw.keys():
                self.differ(where, sorted(theirs), sorted(scaled))
            for name in theirs.keys() & scaled.keys() & raw.keys():
                self.walk(f"{where}/{name}", theirs[name], scaled[name], raw[name])
        elif isinstance(theirs, list):
            if not (isinstance(scaled, list) and len(theirs) == len(scaled) == len(raw)):
                return self.differ(where, f"{len(theirs)} repetitions", scaled)
            for k, part in enumerate(theirs):
                self.walk(f"{where}/{k}", part, scaled[k], raw[k])
        else:
            self.values[where.split("/")[0]] += 1
            wide = isinstance(raw, str) and not isinstance(theirs[1], str)
            their_raw = f"{theirs[1]:0{len(raw)}x}" if wide else theirs[1]
            their_value = their_raw if wide else theirs[0]
            if not (self.same(their_value, scaled) and their_raw == raw):
                self.differ(where, theirs, [scaled, raw])


def main():
    capture, scaled_path, raw_path, *editions = sys.argv[1:]
    readers = {}
    for text in editions:
        category, rest = text.split("=")
        edition, _, expansion = rest.partition("/")
        name = lambda kind, number: f"{kind}_{int(category):03}_{number.replace('.', '_')}"
        readers[int(category)] = (
            getattr(generated, name("Cat", edition)),
            getattr(generated, name("Ref", expansion)) if expansion else None,
        )
    result = Comparison()
    with open(capture, "rb") as file:
        octets = file.read()
    with open(scaled_path) as scaled_lines, open(raw_path) as raw_lines:
        for number, payload in enumerate(frames(octets)):
            for block in base.RawDatablock.parse(base.Bits.from_bytes(payload)):
                category = block.get_category()
                spec, expansion = readers[category]
                for record in spec.cv_uap.parse(block.get_raw_records()):
                    scaled, raw = json.loads(next(scaled_lines)), json.loads(next(raw_lines))
                    where = f"{category:03}/{number}"
                    if (scaled["frame"], scaled["cat"]) != (number, category):
                        sys.exit(f"datagram {number}: the lines of the two do not go together: {scaled}")
                    result.records[f"{category:03}"] += 1
                    result.walk(where, Reader(record, expansion).items(), scaled["items"], raw["items"])
        left = sum(1 for _ in scaled_lines)
    print(
        json.dumps(
            {
                "records": result.records,
                "values": result.values,
                "differences": result.differences,
                "lines_left": left,
                "shown": result.shown,
            }
        )
    )


main()
