#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random rules and events: the program against the reference (reference.py).

    fuzz.py [--program PATH] [--cases N] [--seed S]      compare; exit 1 and a shrunken case at the first difference
    fuzz.py --inject NAME|all ...                         break the reference on purpose: exit 1 if nobody notices

The program is $AUTHSIFT, or --program. A case is a rule file with several correlations of every type, up to
three levels of them, and a few files of events. Pools are tiny, so that ties, equal times, repeated uids, list-valued
groups, missing and wrong values and times one microsecond beside a window's edge are the rule, not the exception. Each
seed makes the same case for ever.
"""

import argparse
import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import reference
from reference import Num, SECOND, number_text

T0 = 1_767_225_600 * SECOND  # 2026-01-01
CITIES = [
    ("Berlin", "BE", "DE", "52.52", "13.405"),
    ("Hamburg", "HH", "DE", "53.55", "9.99"), ("New York", "NY", "US", "40.7128", "-74.006"),
    ("Auckland", "", "NZ", "-36.85", "174.76"), ("", "Kanto", "JP", "35.68", "139.69"),
    ("", "", "JP", "43.06", "141.35"),
    ("Paris", "", "FR", "48.8566", "2.3522"),
]


def to_json(value):
    """JSON with numbers as they were written."""
    if isinstance(value, Num):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(k) + ":" + to_json(v) for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(to_json, value)) + "]"
    return json.dumps(value)


def time_text(us):
    days, rest = divmod(us, reference.DAY)
    date = time.strftime("%Y-%m-%dT", time.gmtime(days * 86400))
    stamp = date + time.strftime("%H:%M:%S", time.gmtime(rest // SECOND))
    return stamp + (".%06d" % (us % SECOND) if us % SECOND else "") + "Z"


class Maker:
    """Makes one case from a seed."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.unit = self.r.choice([1, 10, 60, 3600])  # the usual span, in seconds

    def chance(self, p):
        return self.r.random() < p

    def span(self):
        return "%ds" % (self.unit * self.r.choice([1, 1, 1, 1, 2, 3, 0] if self.chance(0.3) else [1]))

    # -- events --

    def word(self):
        return self.r.choice(["a", "b", "a", "b", "c", Num("5"), "5", Num("5.0"), True, ""])

    def words(self):
        """A value of a text field, or `missing`."""
        roll = self.r.random()
        if roll < 0.60:
            return self.word()
        if roll < 0.80:
            return [self.word() for _ in range(self.r.randint(1, 3))]
        return self.r.choice(["missing", "missing", None, {}, {"a": "b"}, [], [None], [["a"], "b"], ["c", None, {}]])

    def number(self):
        roll = self.r.random()
        good = [Num("1"), Num("2"), Num("3"), Num("-2"), Num("0.1"), Num("0.2"), Num("0.3"), Num("-0.0"), Num("1e2"),
                "2.5", "4", Num("1e16"), Num("-1e16"), Num("0")]
        if roll < 0.70:
            return self.r.choice(good)
        if roll < 0.85:
            return [self.r.choice(good) for _ in range(self.r.randint(1, 3))]
        wrong = ["missing", None, "x", " 1", "01", "+1", True, {}, [None, Num("7"), "y"], Num("1e999"), []]
        return self.r.choice(wrong)

    def time(self):
        us = self.r.randint(0, 8) * self.unit * SECOND
        if self.chance(0.3):
            us += self.unit * SECOND // 2
        if self.chance(0.3):
            us += self.r.choice([-1, 1])
        if self.wide and self.chance(0.4):
            us += self.r.randint(0, 3) * 5 * reference.DAY
        return T0 + us

    def place(self, event):
        city, region, country, lat, long = self.r.choice(CITIES[:self.n_cities])
        where = {"country": country, "lat": Num(lat), "long": Num(long)}
        if city:
            where["city"] = city
        if region:
            where["region"] = region
        roll = self.r.random()
        if roll < 0.2:
            where["horizontal_accuracy"] = self.r.choice([Num("20"), "30", Num("1000"), Num("-1"), "far"])
        elif roll < 0.25:
            where["lat"] = self.r.choice(["x", Num("91"), lat])
        elif roll < 0.3:
            del where["long"]
        event["src_endpoint"] = {"location": where}
        if self.chance(0.5):
            v4 = "10.0.%d.%d" % (self.r.randint(1, 3), self.r.randint(1, 2))
            v6 = "2001:db8:%d::%d" % (self.r.randint(1, 2), self.r.randint(1, 2))
            event["src_endpoint"]["ip"] = self.r.choice([v4, v6, "x"])
        if self.chance(0.3):
            event["src_endpoint"]["ip_class"] = self.r.choice(["vpn", "residential", "mobile"])
        if self.chance(0.3):
            event["device"] = {"uid": self.r.choice(["d1", "d2", ""])}

    def event(self):
        us = self.time()
        event = {"time": Num(str(us)) if self.chance(0.3) else time_text(us), "action": "api.call"}
        if self.chance(self.p_uid):
            event["uid"] = self.r.choice(["e1", "e2", "e3", "e4", "e5", ""])
        event["k"] = self.r.choice(["p", "q", "r", "s", ["p", "q"], ["q", "s"]])
        for name in ("u", "v", "w"):
            value = self.words()
            if value != "missing":
                event[name] = value
        value = self.number()
        if value != "missing":
            event["x"] = value
        if self.chance(0.7):
            self.place(event)
        return to_json(event)

    # -- rules --

    def condition(self, low=1, high=4, fractions=False):
        def some():
            n = self.r.randint(low, high)
            return n + self.r.choice([0.5, -0.5]) if fractions and self.chance(0.5) else n
        roll = self.r.random()
        if roll < 0.6:
            return {"gte": some()}
        if roll < 0.7:
            return {"gt": some()}
        if roll < 0.8:
            return {self.r.choice(["lt", "lte", "eq", "neq"]): some()}
        a, b = sorted([some(), some()])
        return {self.r.choice(["gt", "gte"]): a - 1, self.r.choice(["lt", "lte"]): b + 1}

    def base_rule(self, i):
        rule = {"title": "rule %d" % i, "name": "r%d" % i, "logsource": {"category": "test"}, "level": "high",
                "detection": {"selection": {"k": self.r.sample(["p", "q", "r", "s"], self.r.randint(1, 3))},
                              "condition": "selection"}}
        x = {}
        if self.chance(0.4):
            x["dedup"] = self.span()
        if self.chance(0.4):
            x["entity"] = {"type": "thing", "id": "u"}
        if x:
            rule["x-authsift"] = x
        return rule

    def pick(self, names, n):
        return self.r.sample(names, min(n, len(names)))

    def temporal(self, c):
        n = len(c["rules"])
        roll = self.r.random()
        if c["type"] == "temporal_ordered":
            longest = reference.duration(c["timespan"]) // SECOND // max(n - 1, 1)
            if self.chance(0.5):
                c["x-min-step"] = "%ds" % (longest // self.r.choice([1, 2, 3]))
            return
        if roll < 0.4:
            return
        if roll < 0.6:
            c["condition"] = self.condition(1, n)
            return
        words = list(c["rules"])
        terms = [("not " if self.chance(0.3) else "") + w for w in words]
        text = terms[0]
        for t in terms[1:]:
            form = self.r.choice(["%s and %s", "%s or %s", "(%s) and %s", "not (%s) or %s", "%s and not (%s)"])
            text = form % (text, t)
        # a double negation is none to the compiler, which would judge trailing windows
        c["condition"] = re.sub(r"not \(not (\w+)\)", r"\1", text)

    def correlation(self, i, names):
        kind = self.r.choice(["event_count", "event_count", "value_count", "value_count", "value_sum", "value_avg",
                              "value_median", "value_percentile", "temporal", "temporal", "temporal_ordered",
                              "temporal_ordered", "x-new-value", "x-travel", "x-travel", "x-unused-value", "x-ratio",
                              "x-burst", "x-gap", "x-overlap"])
        if self.only is not None:
            kind = self.r.choice(self.only)
        c = {"type": kind, "timespan": self.span()}
        rules = self.pick(names, self.r.randint(2, 3) if kind.startswith("temporal") else self.r.randint(1, 3))
        group = self.r.choice([[], ["u"], ["u"], ["v"], ["u", "v"], ["who"]])
        if self.chance(0.1):
            group = [self.r.choice(["value", "events"])]
        if group:
            c["group-by"] = group
        make = getattr(self, "make_" + kind.replace("-", "_"), None)
        if kind.startswith("value_"):
            make = self.make_value
        if not kind.startswith("x-") or kind in ("x-new-value", "x-travel", "x-burst", "x-gap"):
            c["rules"] = rules
        if make is not None:
            make(c, names)
        if kind == "event_count":
            c["condition"] = self.condition()
        if kind.startswith("temporal"):
            self.temporal(c)
        self.aliases(c)
        title = "correlation %d" % i
        rule = {"title": title, "name": "c%d" % i, "level": "high", "correlation": c}
        if self.chance(0.2):
            rule["x-authsift"] = {"missing-group": "keep"}
        if self.chance(0.3):
            (rule if self.chance(0.5) else c)["generate"] = self.chance(0.7)
        return rule

    def aliases(self, c):
        named = c.get("rules") or sorted(set(re.findall(r"\b[rc]\d\b", json.dumps(c))))
        # correlation types that name their rules themselves see the alias `who` too
        if "who" in json.dumps(c):
            c["aliases"] = {"who": {n: self.r.choice(["u", "v", "value"] if n[0] == "c" else ["u", "v", "w"])
                                    for n in named if self.chance(0.8)}}
            if not c["aliases"]["who"]:
                c["aliases"]["who"][named[0]] = "u"

    def field(self):
        return self.r.choice(["u", "v", "w", "w", "who", "value"])

    def make_value(self, c, names):
        if c["type"] == "value_count":
            field = self.field() if self.chance(0.6) else self.r.sample(["u", "v", "w"], 2)
            c["condition"] = dict(self.condition(), field=field)
            return
        c["condition"] = dict(self.condition(-1, 3, True), field=self.r.choice(["x", "x", "x", "x", "value", "u"]))
        if c["type"] == "value_percentile":
            c["condition"]["percentile"] = self.r.choice([0, 10, 25, 33.3, 50, 75, 95, 100])

    def make_x_new_value(self, c, names):
        c["field"] = self.field()
        if self.chance(0.5):
            c["learning"] = self.r.choice([{"hits": 2}, {"span": self.span()}, {"hits": 3, "span": self.span()}])
        if self.chance(0.3):
            c["among"] = ["a", "c", "5"]
        if self.chance(0.3):
            c["condition"] = self.condition(1, 2)

    def make_x_travel(self, c, names):
        if self.chance(0.3):
            del c["timespan"]
        if self.chance(0.6):
            c["speed"] = self.r.choice([0, 1, 100, 900, 5000, 20000])
        if self.chance(0.5):
            c["distance"] = self.r.choice([0, 100, 500, 6000])
        if self.chance(0.4):
            c["anchors"] = self.r.randint(1, 5)
        if self.chance(0.3):
            c["not-anchor"] = self.r.choice([["vpn"], ["mobile", "vpn"], "tor"])
            if isinstance(c["not-anchor"], str):
                c["not-anchor"] = [c["not-anchor"]]
        if self.chance(0.3):
            c["same"] = self.r.choice([["src_endpoint.ip", "device.uid"], ["w"], ["device.uid"]])

    def pair(self, names):
        both = self.pick(names, 2)
        return (both[0], both[0]) if self.chance(0.15) or len(both) < 2 else tuple(both)

    def make_x_unused_value(self, c, names):
        a, b = self.pair(names)
        c["granted"] = {"rule": a, "field": self.field()}
        c["used"] = {"rule": b, "field": self.field()}
        if self.chance(0.4):
            c["measure"] = "weighted-share"
            c["weights"] = {"a": 3, "b": 0, "5": 0.5}
            c["condition"] = {"gte": self.r.choice([0.2, 0.5, 1])}
        elif self.chance(0.5):
            c["condition"] = self.condition(1, 2)
        if self.chance(0.3):
            c["ignore"] = ["b", "true"]
        if self.chance(0.3):
            c["min-uses"] = self.r.randint(0, 3)
        if self.chance(0.3):
            c["min-groups"] = self.r.randint(0, 3)

    def make_x_ratio(self, c, names):
        c["of"], c["per"] = self.pair(names)
        if self.chance(0.5):
            c["min"] = self.r.randint(1, 4)
        test = self.r.choice(["share", "binomial", "wilson", None])
        if test is not None:
            c["test"] = test
        if test in ("binomial", "wilson"):
            c["p0"] = self.r.choice([0.01, 0.1, 0.3])
            if self.chance(0.8):
                c["p-value"] = self.r.choice([0.5, 0.3, 0.1, 0.01])
        else:
            c["condition"] = self.r.choice([{"gte": 0.5}, {"gt": 0.5}, {"gte": 1}, {"lt": 0.5}, {"eq": 1},
                                            {"gte": 0.3, "lt": 0.9}])

    def make_x_burst(self, c, names):
        c["timespan"] = "%ds" % (self.unit * self.r.randint(1, 2))
        c["baseline"] = "%ds" % (self.unit * self.r.randint(1, 6))
        c["p-value"] = self.r.choice([0.5, 0.2, 0.05, 0.01])
        if self.chance(0.5):
            c["floor"] = self.r.choice([0.1, 0.5, 2])
        if self.chance(0.3):
            c["min"] = self.r.randint(1, 4)
        if self.chance(0.3):
            c["min-distinct"] = {"field": self.field(), "count": self.r.randint(1, 2)}
        if self.chance(0.3):
            c["learning"] = {"span": self.span()}

    def make_x_gap(self, c, names):
        c["silent"] = "%ds" % (self.unit * self.r.randint(1, 3))
        if self.chance(0.6):
            c["condition"] = self.condition(1, 3)

    def make_x_overlap(self, c, names):
        a, b = self.pair(names)
        c["of"] = {"rule": a, "field": self.field()}
        c["in"] = {"rule": b, "field": self.field()}
        c["condition"] = self.r.choice([{"gte": 0.5}, {"gt": 0}, {"lte": 0.5}, {"gte": 1}])
        if self.chance(0.4):
            c["min"] = self.r.randint(1, 3)

    def case(self, only=None):
        self.only = only
        self.p_uid = self.r.choice([0, 0.2, 0.6])
        self.wide = self.chance(0.2)
        self.n_cities = self.r.randint(2, len(CITIES))
        rules = [self.base_rule(i) for i in range(self.r.randint(2, 4))]
        names, below = [r["name"] for r in rules], []
        for i in range(self.r.randint(3, 7)):
            pool = names + (below[-4:] if self.chance(0.5) else [])
            rule = self.correlation(i, pool)
            # at most three levels
            if depth(rule, {r["name"]: r for r in rules}) > 3:
                continue
            rules.append(rule)
            below.append(rule["name"])
        n = self.r.choice([3, 8, 15, 25, 40])
        files = {}
        for name in self.r.sample(["b.jsonl", "a.jsonl", "c.jsonl"], self.r.randint(1, 3)):
            files[name] = []
        names = list(files)
        for _ in range(n):
            files[self.r.choice(names)].append(self.event())
        return {"rules": rules, "files": {k: v for k, v in files.items() if v}}


def depth(rule, by_name):
    if "correlation" not in rule:
        return 0
    named = reference.Correlation(rule, None).names
    return 1 + max(depth(by_name[n], by_name) for n in named)


# ---- the two sides ---------------------------------------------------------------------------------------------------

def escaped(text):
    return re.sub(r"([;=\\])", r"\\\1", text)


def expected_rows(case):
    rows = []
    by_id = {reference.rule_id(r): r for r in case["rules"]}
    for rule, findings in reference.run(case["rules"], case["files"]).items():
        for f in findings:
            soft = (f.note or {}).get("soft")
            group = by_id[rule].get("correlation", {}).get("group-by", [])
            rows.append((rule, time_text(f.first_seen), time_text(f.fired_at), time_text(f.last_seen), str(f.count),
                         number(f.value), number(f.peak),
                         "; ".join("%s=%s" % (escaped(n), escaped(t)) for n, t in zip(group, f.key)),
                         "informational" if soft else "high", ", ".join(soft or []),
                         " ".join("%s:%d" % place[1:] for place in f.samples)))
    return sorted(rows)


def number(x):
    """Text of a number, compared as a double where its spelling is a matter of taste."""
    return number_text(float(x)) if not isinstance(x, str) or x else ""


def program_rows(case, program, folder, threads):
    rules = os.path.join(folder, "rules.yml")
    with open(rules, "w") as f:
        f.write("\n---\n".join(json.dumps(r, indent=1, ensure_ascii=False) for r in case["rules"]) + "\n")
    for name, lines in case["files"].items():
        with open(os.path.join(folder, name), "w") as f:
            f.write("".join(line + "\n" for line in lines))
    out = os.path.join(folder, "out")
    shutil.rmtree(out, ignore_errors=True)
    command = [program, "scan", "-j%d" % threads, "-r", "rules.yml", "-o", "out"] + list(case["files"])
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise RuntimeError("exit status %d\n%s" % (done.returncode, done.stderr))
    rows = []
    with open(os.path.join(out, "findings.csv"), newline="") as f:
        for row in csv.DictReader(f):
            soft = re.search(r"(?:^|; )softened=(.*?)(?:; |$)", row["evidence"])
            rows.append((row["rule_id"], row["first_seen"], row["fired_at"], row["last_seen"], row["event_count"],
                         number(row["value"]), number(row["peak"]), row["group"].lstrip("'"), row["level"],
                         soft.group(1) if soft else "", row["sample_events"]))
    return sorted(rows)


def differs(case, program, folder, threads):
    """Rows of the one and not of the other, as text; "" if there is no difference."""
    want = expected_rows(case)
    try:
        got = program_rows(case, program, folder, threads)
    except (RuntimeError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    if want == got:
        return ""
    missing, extra = list(want), []
    for row in got:
        if row in missing:
            missing.remove(row)
        else:
            extra.append(row)
    return "".join("expected %s\n" % (r,) for r in missing) + "".join("got      %s\n" % (r,) for r in extra)


def is_used(case, rule):
    return any("correlation" in r and rule["name"] in reference.Correlation(r, None).names for r in case["rules"])


def without_rule(case, i):
    if is_used({"rules": case["rules"][:i] + case["rules"][i + 1:]}, case["rules"][i]):
        return None
    return {"rules": case["rules"][:i] + case["rules"][i + 1:], "files": case["files"]}


def without_line(case, name, i):
    files = dict(case["files"])
    files[name] = files[name][:i] + files[name][i + 1:]
    files = {k: v for k, v in files.items() if v}
    return {"rules": case["rules"], "files": files} if files else None


def smaller(case):
    for i in reversed(range(len(case["rules"]))):
        yield without_rule(case, i)
    for name in case["files"]:
        for i in reversed(range(len(case["files"][name]))):
            yield without_line(case, name, i)


def shrink(case, fails):
    again = True
    while again:
        again = False
        for candidate in smaller(case):
            if candidate is not None and fails(candidate):
                case, again = candidate, True
                break
    return case


def show(case):
    for rule in case["rules"]:
        print(json.dumps(rule.get("correlation", rule)) + "   # " + rule["name"])
    for name, lines in case["files"].items():
        print(name)
        for line in lines:
            print("   ", line)


def compare_all(args, folder, only):
    for seed in range(args.seed, args.seed + args.cases):
        case = Maker(seed).case(only)
        threads = 1 + seed % 3
        difference = differs(case, args.program, folder, threads)
        if difference:
            if not args.no_shrink:
                case = shrink(case, lambda c: differs(c, args.program, folder, threads) != "")
            show(case)
            print(differs(case, args.program, folder, threads) or difference, end="")
            return seed
    return None


def inject(args, folder, name):
    """Does the comparison notice this bug? The number of the first case that does, or None."""
    reference.INJECTED = name
    try:
        for seed in range(args.seed, args.seed + args.cases):
            if differs(Maker(seed).case(), args.program, folder, 1):
                return seed
        return None
    finally:
        reference.INJECTED = None


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--program", default=os.environ.get("AUTHSIFT"))
    p.add_argument("--cases", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--type", action="append", help="only correlations of this type")
    p.add_argument("--no-shrink", action="store_true")
    p.add_argument("--inject", choices=reference.INJECTABLE + ["all"])
    args = p.parse_args()
    if args.program is None:
        sys.exit("fuzz.py: no program: set AUTHSIFT, or give --program")
    args.program = os.path.abspath(args.program)
    with tempfile.TemporaryDirectory() as folder:
        if args.inject:
            unnoticed = 0
            for name in reference.INJECTABLE if args.inject == "all" else [args.inject]:
                seed = inject(args, folder, name)
                result = "noticed in case %d" % seed if seed is not None else "NOT NOTICED"
                print("%-24s %s" % (name, result), flush=True)
                unnoticed += seed is None
            sys.exit(1 if unnoticed else 0)
        seed = compare_all(args, folder, args.type)
    if seed is not None:
        print("seed %d differs" % seed)
        sys.exit(1)
    print("%d cases, no difference" % args.cases)


if __name__ == "__main__":
    main()
