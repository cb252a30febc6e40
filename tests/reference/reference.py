# SPDX-License-Identifier: Apache-2.0
"""The correlation semantics of the rule language, slow and obviously right.

Events and rules in, findings out. Every definition is written down as the specification states it: a window is a list
that is made anew for every hit, an episode is a run in that list of judgements, a sum is math.fsum, a tail probability
is a sum of fractions. Nothing slides, nothing is shared with the C program, nothing is fast. fuzz.py compares the two.

A rule is the mapping of its YAML document. Detection is reduced to what the fuzzer needs: one selection of
`field: value` or `field: [values]`, all of which have to hold.
"""

import ipaddress
import itertools
import json
import math
import re
import statistics
from fractions import Fraction

SECOND = 1_000_000
DAY = 86400 * SECOND
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2629746, "y": 31556952}
TRAVEL_NOT_ANCHOR = ["vpn", "tor", "relay", "hosting", "satellite"]

# What --inject of fuzz.py breaks on purpose, to show that the comparison notices. Names are read by `broken`.
INJECTED = None
INJECTABLE = [
    "window-exclusive", "window-long", "event-not-whole", "event-counted-twice", "duplicates-kept", "episode-not-cut",
    "first-seen-of-fired", "last-seen-of-fired", "peak-of-last", "union-of-first-window", "closed-as-trailing",
    "closed-exclusive", "ordered-strictly", "ordered-any-order", "ordered-no-equal-time", "ordered-no-step",
    "missing-group-kept", "list-first-member", "number-as-value", "median-low", "sum-naive", "undefined-is-zero",
    "chained-at-first-seen", "chained-shares-event", "new-value-forever", "learning-or", "travel-last-only", "travel-anchor-all",
    "unused-strict", "gap-first-wakes", "burst-no-floor", "ratio-no-min", "overlap-any-window", "generate-ignored",
    "dedup-ignored",
]


def broken(name):
    return INJECTED == name


class Num(str):
    """A JSON number, as the characters of the log."""


def parse_event(line):
    return json.loads(line, parse_int=Num, parse_float=Num)


def duration(text):
    m = re.fullmatch(r"(\d+)([smhdwMy])", text)
    return int(m.group(1)) * UNITS[m.group(2)] * SECOND


def parse_time(value):
    """Microseconds; RFC 3339 with Z, or a whole epoch number."""
    if isinstance(value, Num):
        x = int(value)
        if abs(x) < 10**11:
            return x * SECOND
        return x * 1000 if abs(x) < 10**14 else x
    m = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", value)
    y, mo, d, h, mi, s = (int(m.group(i)) for i in range(1, 7))
    a = (14 - mo) // 12
    yy, mm = y + 4800 - a, mo + 12 * a - 3
    days = d + (153 * mm + 2) // 5 + 365 * yy + yy // 4 - yy // 100 + yy // 400 - 32045 - 2440588
    fraction = int(((m.group(7) or "") + "000000")[:6])
    return (days * 86400 + h * 3600 + mi * 60 + s) * SECOND + fraction


# ---- fields ----------------------------------------------------------------------------------------------------------

def lookup(event, path):
    """The literal key wins, else the nested path. None stands for absent and for null."""
    if path in event:
        return event[path]
    here = event
    for part in path.split("."):
        if not isinstance(here, dict) or part not in here:
            return None
        here = here[part]
    return here


def members(value):
    if isinstance(value, list):
        return [m for v in value for m in members(v)]
    return [] if value is None else [value]


def text(member):
    if isinstance(member, bool):
        return "true" if member else "false"
    return None if isinstance(member, dict) else str(member)


def texts(value):
    found = [t for t in map(text, members(value)) if t is not None]
    return found[:1] if broken("list-first-member") else found


NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


def numbers(value):
    found = []
    for m in members(value):
        if isinstance(m, str) and NUMBER.fullmatch(m) and math.isfinite(float(m)):
            found.append(float(m) + 0.0)
    return found


def number_text(x):
    return str(int(x)) if x == int(x) and abs(x) < 1e21 else repr(x)


# ---- hits ------------------------------------------------------------------------------------------------------------

class Hit:
    def __init__(self, time, place, pos, tie, event, fields):
        self.time = time
        self.place = place    # (source name, file name, line)
        self.pos = pos        # of the rule in the correlation's inputs
        self.tie = tie        # (inner group key, inner first_seen) of chained hits
        self.event = event    # identity
        self.fields = fields

    def order(self):
        return (self.time, self.place, self.pos, self.tie)

    def has(self, path):
        return lookup(self.fields, path)


class Finding:
    def __init__(self, rule, key, first_seen, fired, last_seen, count, value, peak, samples, note=None):
        self.rule = rule
        self.key = key
        self.first_seen = first_seen
        self.fired = fired          # the hit
        self.fired_at = fired.time
        self.last_seen = last_seen
        self.count = count
        self.value = value
        self.peak = peak
        self.samples = samples      # places
        self.note = note            # what else is compared: a level, say


def rule_id(rule):
    return rule.get("id") or rule.get("name") or rule["title"]


def matches(rule, event):
    for field, wanted in rule["detection"]["selection"].items():
        wanted = wanted if isinstance(wanted, list) else [wanted]
        if not set(wanted) & set(t for t in map(text, members(lookup(event, field))) if t is not None):
            return False
    return True


def distinct_events(hits):
    return len({h.event for h in hits})


def samples(group, hits):
    """Where the first four events and the last one of a finding stand; events in the order of their first hits."""
    events = [e for e in dict.fromkeys(h.event for h in group) if any(h.event == e for h in hits)]
    shown = events[:4] + events[4:][-1:]
    return [min((h for h in hits if h.event == e), key=Hit.order).place for e in shown]


def elapsed(a, b):
    return b.time - a.time


# ---- one correlation -------------------------------------------------------------------------------------------------

class Correlation:
    def __init__(self, rule, inputs):
        self.rule = rule
        self.c = rule["correlation"]
        self.type = self.c["type"]
        self.inputs = inputs                      # rule documents, in order
        self.names = self.c.get("rules") or self.own_rules()
        group = self.c.get("group-by", [])
        self.group = [group] if isinstance(group, str) else group
        self.span = duration(self.c["timespan"]) if "timespan" in self.c else DAY
        self.condition = self.c.get("condition")
        self.now = None

    def own_rules(self):
        found = []
        for key in ("granted", "used", "of", "per", "in"):
            if key in self.c:
                name = self.c[key]["rule"] if isinstance(self.c[key], dict) else self.c[key]
                if name not in found:
                    found.append(name)
        return found

    def field(self, name, pos):
        """A field name or alias, for one of the listed rules."""
        return self.c.get("aliases", {}).get(name, {}).get(self.names[pos], name)

    def value_of(self, hit, name):
        return hit.has(self.field(name, hit.pos))

    def keys(self, hit):
        """The groups of a hit."""
        parts = []
        for name in self.group:
            part = list(dict.fromkeys(texts(self.value_of(hit, name))))
            keep = self.rule.get("x-authsift", {}).get("missing-group") == "keep" or broken("missing-group-kept")
            if not part and keep:
                part = [""]
            parts.append(part)
        return list(itertools.product(*parts))

    def usable(self, hit):
        return self.type != "x-travel" or place_of(self, hit) is not None

    def groups(self, hits):
        found = {}
        for h in sorted(hits, key=Hit.order):
            for key in self.keys(h):
                if self.usable(h):
                    found.setdefault(key, []).append(h)
        for key, group in sorted(found.items()):
            seen, kept = set(), []
            for h in group:
                if (h.event, h.pos) not in seen or broken("duplicates-kept"):
                    seen.add((h.event, h.pos))
                    kept.append(h)
            yield key, kept

    # -- conditions --

    def bounds_hold(self, x):
        if x is None:
            return False
        tests = {"gt": x.__gt__, "gte": x.__ge__, "lt": x.__lt__, "lte": x.__le__, "eq": x.__eq__, "neq": x.__ne__}
        return all(tests[k](float(v)) for k, v in self.bounds().items())

    def bounds(self):
        if isinstance(self.condition, dict):
            found = {k: v for k, v in self.condition.items() if k in ("gt", "gte", "lt", "lte", "eq", "neq")}
            if found:
                return found
        return {"gte": len(self.names) if self.type.startswith("temporal") else 1}

    def is_expression(self):
        return isinstance(self.condition, str)

    def closed(self):
        if broken("closed-as-trailing") and self.type != "x-overlap":
            return False
        if self.type == "x-overlap":
            return True
        if self.type == "x-ratio" and self.c.get("test", "share") != "share":
            return False
        if self.type == "x-burst":
            return False
        if self.is_expression():
            return "not" in re.findall(r"\w+", self.condition)
        return any(k not in ("gt", "gte") for k in self.bounds())

    # -- aggregates over one window --

    def speakers(self, window, contribution):
        """An event contributes once: what the first of its hits with anything to contribute has."""
        spoken, found = set(), []
        for h in sorted(window, key=Hit.order):
            c = contribution(h)
            if c and (h.event not in spoken or broken("event-counted-twice")):
                spoken.add(h.event)
                found.append(c)
        return found

    def value(self, window):
        x = self.aggregate(window)
        return 0.0 if x is None and broken("undefined-is-zero") else x

    def aggregate(self, window):
        """Its value; None: undefined."""
        if self.type in ("event_count", "x-burst"):
            return float(len(window) if broken("event-counted-twice") else distinct_events(window))
        if self.type.startswith("temporal"):
            return float(len({h.pos for h in window}))
        if self.type == "value_count":
            return float(len(set(itertools.chain(*self.speakers(window, self.tuples)))))
        if self.type == "x-ratio":
            return self.ratio(window)
        if self.type == "x-overlap":
            return self.overlap(window)
        return self.number(sorted(itertools.chain(*self.speakers(window, self.numbers))))

    def tuples(self, hit):
        fields = self.condition["field"]
        fields = [fields] if isinstance(fields, str) else fields
        lists = [texts(self.value_of(hit, f)) for f in fields]
        if broken("number-as-value"):
            lists = [[number_text(float(t)) if NUMBER.fullmatch(t) else t for t in part] for part in lists]
        return list(itertools.product(*lists))

    def numbers(self, hit):
        return numbers(self.value_of(hit, self.condition["field"]))

    def number(self, values):
        n = len(values)
        if n == 0:
            return None
        if self.type in ("value_sum", "value_avg"):
            total = sum(reversed(values)) if broken("sum-naive") else math.fsum(values)
            return total / n if self.type == "value_avg" else total
        p = 50 if self.type == "value_median" else self.condition["percentile"]
        h = p / 100 * (n - 1)
        k = math.floor(h)
        if h == k or broken("median-low"):
            return values[k]
        return values[k] + (h - k) * (values[k + 1] - values[k])

    def ratio_counts(self, window):
        of, per = self.names.index(self.c["of"]), self.names.index(self.c["per"])
        return (distinct_events(h for h in window if h.pos == of), distinct_events(h for h in window if h.pos == per))

    def ratio(self, window):
        k, n = self.ratio_counts(window)
        if n == 0 or (n < self.c.get("min", 1) and not broken("ratio-no-min")):
            return None
        return k / n

    def overlap(self, window):
        of, within = self.names.index(self.c["of"]["rule"]), self.names.index(self.c["in"]["rule"])
        known = set()
        for h in window:
            if h.pos == within:
                known.update(texts(self.value_of(h, self.c["in"]["field"])))
        judged = [h for h in window if h.pos == of]
        if not judged or len(judged) < self.c.get("min", 1):
            return None
        hits = [h for h in judged if known & set(texts(self.value_of(h, self.c["of"]["field"])))]
        return len(hits) / len(judged)

    # -- is it true of this window, judged at hit i of the group? --

    def holds(self, group, i, window):
        x = self.value(window)
        if self.type == "temporal_ordered":
            return self.in_order(window, group[i])
        if self.is_expression():
            present = {self.names[h.pos] for h in window}
            words = re.findall(r"\w+|[()]", self.condition)
            code = " ".join(w if w in ("and", "or", "not", "(", ")") else str(w in present) for w in words)
            return eval(code)  # only True, False, operators and parentheses
        if self.type == "x-ratio" and self.c.get("test", "share") != "share":
            return x is not None and self.ratio_is_unlikely(window)
        if self.type == "x-burst":
            return self.is_burst(group, i, window)
        return self.bounds_hold(x)

    def in_order(self, window, last):
        def reaches(pos, limit):
            if pos < 0:
                return True
            return any(h.pos == pos and self.not_later(h, limit) and reaches(pos - 1, h) for h in window)
        if broken("ordered-any-order"):
            return {h.pos for h in window} == set(range(len(self.names)))
        return reaches(len(self.names) - 2, last)

    def not_later(self, h, limit):
        if broken("ordered-strictly"):
            return h.time < limit.time
        step = 0 if broken("ordered-no-step") else duration(self.c.get("x-min-step", "0s"))
        return h.time <= limit.time - step

    def ratio_is_unlikely(self, window):
        k, n = self.ratio_counts(window)
        k = min(k, n)
        p0 = self.c["p0"]
        if self.c["test"] == "binomial":
            p = Fraction(p0)
            tail = sum(math.comb(n, j) * p**j * (1 - p)**(n - j) for j in range(k, n + 1))
            return tail < Fraction(self.c.get("p-value", 1e-6))
        z = -statistics.NormalDist().inv_cdf(self.c.get("p-value", 0.025))
        share = k / n
        low = (share + z * z / (2 * n) - z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))) / (1 + z * z / n)
        return low > p0

    def is_burst(self, group, i, window):
        at = group[i]
        k = distinct_events(window)
        base = duration(self.c["baseline"])
        older = [h for h in group[:i + 1] if self.span < elapsed(h, at) <= self.span + base]
        floor = 0 if broken("burst-no-floor") else self.c.get("floor", 1)
        expected = max(Fraction(floor), Fraction(distinct_events(older) * self.span, base))
        if k < self.c.get("min", 1):
            return False
        if "min-distinct" in self.c:
            name = self.c["min-distinct"]["field"]
            values = set(itertools.chain(*self.speakers(window, lambda h: texts(self.value_of(h, name)))))
            if len(values) < self.c["min-distinct"]["count"]:
                return False
        if "learning" in self.c and elapsed(group[0], at) < duration(self.c["learning"]["span"]):
            return False
        return poisson_tail(k, expected) < Fraction(self.c.get("p-value", 1e-6))

    # -- windows --

    def window_at(self, group, i):
        """W(i)."""
        at, found = group[i], []
        span = self.span + (1 if broken("window-long") else 0)
        for j, h in enumerate(group):
            within = elapsed(h, at) < span if broken("window-exclusive") and j != i else elapsed(h, at) <= span
            if j <= i and within:
                found.append(h)
            elif h.event == at.event and not broken("event-not-whole"):
                found.append(h)
            elif self.type == "temporal_ordered" and h.time == at.time and not broken("ordered-no-equal-time"):
                found.append(h)
        return found

    def trailing(self, key, group):
        last_rule = len(self.names) - 1
        judged = [i for i in range(len(group)) if self.type != "temporal_ordered" or group[i].pos == last_rule]
        episodes, previous = [], None
        for i in judged:
            window = self.window_at(group, i)
            if not self.holds(group, i, window):
                previous = None
                continue
            near = previous is not None and elapsed(group[previous], group[i]) <= self.span
            if not near and not (previous is not None and broken("episode-not-cut")):
                episodes.append([])
            episodes[-1].append((i, window, self.value(window)))
            previous = i
        for episode in episodes:
            first_i, first_window, value = episode[0]
            union = {id(h): h for _, window, _ in episode for h in window}
            if broken("union-of-first-window"):
                union = {id(h): h for h in first_window}
            first_seen = group[first_i].time if broken("first-seen-of-fired") else min(h.time for h in first_window)
            last = group[first_i] if broken("last-seen-of-fired") else group[episode[-1][0]]
            peak = episode[-1][2] if broken("peak-of-last") else max(v for _, _, v in episode)
            union = union.values()
            yield Finding(self.rule, key, first_seen, group[first_i], last.time, distinct_events(union), value, peak,
                          samples(group, union))

    def closed_windows(self, group):
        windows = []
        for h in group:
            fits = windows and (elapsed(windows[-1][0], h) < self.span if broken("closed-exclusive")
                                else elapsed(windows[-1][0], h) <= self.span)
            if not fits and not (broken("overlap-any-window") and windows and self.type == "x-overlap"):
                windows.append([])
            windows[-1].append(h)
        return windows

    def sweep_closed(self, key, group):
        for window in self.closed_windows(group):
            if self.holds(window, len(window) - 1, window):
                x = self.value(window)
                last = window[-1]
                yield Finding(self.rule, key, window[0].time, last, last.time, distinct_events(window), x, x,
                              samples(group, window))

    def sweep(self, key, group):
        special = {"x-new-value": new_values, "x-travel": travels, "x-unused-value": unused_values, "x-gap": gaps}
        if self.type in special:
            return special[self.type](self, key, group)
        return self.sweep_closed(key, group) if self.closed() else self.trailing(key, group)

    def findings(self, hits):
        groups = list(self.groups(hits))
        if self.type == "x-unused-value":
            used = self.names.index(self.c["used"]["rule"])
            active = sum(any(h.pos == used for h in group) for _, group in groups)
            if active < self.c.get("min-groups", 0):
                return []
        return [f for key, group in groups for f in self.sweep(key, group)]


def poisson_tail(k, mean):
    """P[X >= k] to 90 digits: the terms of e**mean from k on over all of them, as scaled whole numbers."""
    scale, terms, term, j = 10**90, [], 10**90, 0
    while term > 0 or j < mean + k:
        terms.append(term)
        j += 1
        term = term * mean.numerator // (mean.denominator * j)
    return Fraction(sum(terms[k:]), sum(terms))


# ---- types that judge single hits, or have windows of their own ------------------------------------------------------

def new_values(c, key, group):
    learning = c.c.get("learning")
    for i, h in enumerate(group):
        if learning is not None:
            few = i < learning["hits"] if "hits" in learning else None
            young = elapsed(group[0], h) < duration(learning["span"]) if "span" in learning else None
            parts = [p for p in (few, young) if p is not None]
            if parts and (any(parts) if broken("learning-or") else all(parts)):
                continue
        earlier = set()
        for j in group[:i]:
            if elapsed(j, h) <= c.span or broken("new-value-forever"):
                earlier.update(texts(c.value_of(j, c.c["field"])))
        fresh = {t for t in texts(c.value_of(h, c.c["field"])) if t not in earlier}
        if "among" in c.c:
            fresh &= set(c.c["among"])
        if c.bounds_hold(float(len(fresh))):
            yield Finding(c.rule, key, h.time, h, h.time, 1, float(len(fresh)), float(len(fresh)), samples(group, [h]))


def one_number(value):
    found = members(value)
    return numbers(value)[0] if len(found) == 1 and numbers(value) else None


def first_text(value):
    return (texts(value) or [""])[0]


def place_of(c, h):
    where = c.c.get("place", {})
    base = "src_endpoint.location."
    lat = one_number(c.value_of(h, where.get("lat", base + "lat")))
    long = one_number(c.value_of(h, where.get("long", base + "long")))
    if lat is None or long is None or not -90 <= lat <= 90 or not -180 <= long <= 180:
        return None
    radius = one_number(c.value_of(h, where.get("radius", base + "horizontal_accuracy")))
    if radius is None or radius < 0:
        radius = 50 if first_text(h.has(base + "city")) else 250 if first_text(h.has(base + "region")) else 500
    return lat, long, radius


def distance(a, b):
    f1, f2 = a[0] * (math.pi / 180), b[0] * (math.pi / 180)
    s, t = math.sin((f2 - f1) / 2), math.sin((b[1] - a[1]) * (math.pi / 180) / 2)
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(s * s + math.cos(f1) * math.cos(f2) * (t * t))))


def travels(c, key, group):
    not_anchor = c.c.get("not-anchor", TRAVEL_NOT_ANCHOR)
    same = c.c.get("same", ["src_endpoint.ip"])
    kind = [first_text(h.has("src_endpoint.ip_class")) for h in group]
    speed, least = float(c.c.get("speed", 900)), float(c.c.get("distance", 500))
    for i, h in enumerate(group):
        stored = [j for j in range(i) if kind[j] not in not_anchor or broken("travel-anchor-all")]
        anchors = stored[-(1 if broken("travel-last-only") else c.c.get("anchors", 4)):]
        worst = None
        for j in reversed(anchors):
            a = group[j]
            if elapsed(a, h) > c.span:
                continue
            if any(set(texts(c.value_of(a, f))) & set(texts(c.value_of(h, f))) for f in same):
                continue
            pa, ph = place_of(c, a), place_of(c, h)
            km = max(0.0, distance(pa, ph) - pa[2] - ph[2])
            kmh = km / (max(elapsed(a, h), 60 * SECOND) / (3600 * SECOND))
            if km >= least and kmh > speed and (worst is None or kmh > worst[0]):
                worst = (kmh, a)
        if worst is not None:
            soft = softened(c, group, i, worst[1], kind, not_anchor)
            yield Finding(c.rule, key, worst[1].time, h, h.time, 2, worst[0], worst[0],
                          samples(group, [worst[1], h]), {"soft": soft})


NEIGHBOURS = [{"DE", "FR"}]  # among the countries of the fuzzer


def network(ip):
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    return ipaddress.ip_network("%s/%d" % (ip, 24 if address.version == 4 else 48), strict=False)


def softened(c, group, i, a, kind, not_anchor):
    """Reasons to expect the pair, in the order in which the evidence names them."""
    h = group[i]
    found = []
    networks = [network(first_text(x.has("src_endpoint.ip"))) for x in (a, h)]
    if networks[0] is not None and networks[0] == networks[1]:
        found.append("same network")
    device = first_text(h.has("device.uid"))
    if device and device == first_text(a.has("device.uid")):
        found.append("same device")
    if kind[i] in not_anchor:
        found.append("ip class " + kind[i])
    def place_name(x):
        names = [first_text(x.has("src_endpoint.location." + n)) for n in ("city", "region", "country")]
        return names if names[0] else list(place_of(c, x)[:2])
    def known(x):
        at = [g for j, g in enumerate(group[:i]) if kind[j] not in not_anchor and elapsed(g, h) <= 30 * DAY and
              place_name(g) == place_name(x)]
        return len(at) >= 3 and len({g.time // DAY for g in at}) >= 2
    if known(a) and known(h):
        found.append("both places known")
    countries = [first_text(x.has("src_endpoint.location.country")) for x in (a, h)]
    if countries[0] and countries[0] == countries[1]:
        found.append("same country")
    elif set(countries) in NEIGHBOURS:
        found.append("bordering countries")
    if i < 10 and elapsed(group[0], h) < 14 * DAY:
        found.append("still learning")
    return found


def unused_values(c, key, group):
    granted_pos, used_pos = c.names.index(c.c["granted"]["rule"]), c.names.index(c.c["used"]["rule"])
    ignore = set(c.c.get("ignore", []))

    def grants(h):
        return set(texts(c.value_of(h, c.c["granted"]["field"]))) - ignore if h.pos == granted_pos else set()

    def uses(h):
        return set(texts(c.value_of(h, c.c["used"]["field"]))) if h.pos == used_pos else set()

    granted = set().union(*map(grants, group))
    last_grant = {v: max(h.time for h in group if v in grants(h)) for v in granted}
    unused = set()
    for v in granted:
        age = c.now - last_grant[v]
        old = age > c.span if broken("unused-strict") else age >= c.span
        if old and not any(v in uses(h) and h.time >= last_grant[v] for h in group):
            unused.add(v)
    if not unused:
        return
    since = min(last_grant[v] for v in unused)
    if sum(h.pos == used_pos and h.time >= since for h in group) < c.c.get("min-uses", 0):
        return
    weights = c.c.get("weights", {})
    if c.c.get("measure") == "weighted-share":
        whole = math.fsum(weights.get(v, 1) for v in granted)
        x = math.fsum(weights.get(v, 1) for v in unused) / whole if whole > 0 else None
    else:
        x = float(len(unused))
    if c.bounds_hold(x):
        granting = [h for h in group if grants(h) & unused]
        yield Finding(c.rule, key, granting[0].time, group[-1], group[-1].time, distinct_events(granting), x, x,
                      samples(group, granting))


def gaps(c, key, group):
    silent = duration(c.c["silent"])
    wakes = [i for i in range(len(group)) if (i == 0 and broken("gap-first-wakes")) or
             (i > 0 and elapsed(group[i - 1], group[i]) >= silent)]
    for n, j in enumerate(wakes):
        end = wakes[n + 1] if n + 1 < len(wakes) else len(group)
        window = [h for h in group[j:end] if elapsed(group[j], h) <= c.span]
        counts = [float(distinct_events(window[:m + 1])) for m in range(len(window))]
        true = [m for m in range(len(window)) if c.bounds_hold(counts[m])]
        if c.closed():
            true = true[-1:] if true and true[-1] == len(window) - 1 else []
        if true:
            fired, last = true[0], true[-1]
            yield Finding(c.rule, key, group[j].time, window[fired], window[last].time, int(counts[last]),
                          counts[fired], counts[last], samples(group, window[:last + 1]))


# ---- all rules -------------------------------------------------------------------------------------------------------

def single_findings(rule, hits, span):
    """A rule of its own: closed windows per entity."""
    entity = rule.get("x-authsift", {}).get("entity", {}).get("id")
    groups = {}
    for h in sorted(hits, key=Hit.order):
        for key in [(t,) for t in dict.fromkeys(texts(h.has(entity)))] or [("",)] if entity else [()]:
            groups.setdefault(key, {}).setdefault(h.event, h)
    for key, by_event in groups.items():
        window = []
        group = list(by_event.values())
        for h in group + [None]:
            if window and (h is None or elapsed(window[0], h) > span or broken("dedup-ignored")):
                n = float(len(window))
                yield Finding(rule, (), window[0].time, window[-1], window[-1].time, len(window), n, n,
                              samples(group, window))
                window = []
            window.append(h)


def key_bytes(key):
    """The group key as the order of chained hits sees it: lengths and bytes."""
    out = b""
    for part in key:
        raw = part.encode()
        n, size = len(raw), b""
        while n >= 0x80:
            size += bytes([n & 0x7f | 0x80])
            n >>= 7
        out += size + bytes([n]) + raw
    return out


def chained_hits(outer, pos, inner, findings):
    for number, f in enumerate(findings):
        fields = {"value": Num(number_text(f.value)), "peak": Num(number_text(f.peak)), "events": Num(str(f.count))}
        fields.update(zip(inner.group, f.key))
        time = f.first_seen if broken("chained-at-first-seen") else f.fired_at
        event = f.fired.event if broken("chained-shares-event") else ("chained", rule_id(inner.rule), number)
        yield Hit(time, f.fired.place, pos, (key_bytes(f.key), f.first_seen), event, fields)


def raw_hits(pos, events):
    return [Hit(time, place, pos, (b"", 0), event, fields) for time, place, event, fields in events]


def generates(rule):
    said = rule.get("generate", rule.get("correlation", {}).get("generate", False))
    return said and not broken("generate-ignored")


def run(rules, files, source="canonical"):
    """rules: documents; files: {name: [line, ...]}. Returns {rule id: [Finding, ...]} of the reported rules."""
    by_name = {}
    for rule in rules:
        for name in (rule.get("id"), rule.get("name")):
            if name:
                by_name[name] = rule
    events = []
    for name, lines in files.items():
        for number, line in enumerate(lines, 1):
            event = parse_event(line)
            uid = first_text(event.get("uid"))
            place = (source, name, number)
            events.append((parse_time(event["time"]), place, ("uid", uid) if uid else place, event))
    now = max((e[0] for e in events), default=None)
    base, done, listed = {}, {}, {}
    for rule in rules:
        if "detection" in rule:
            base[rule_id(rule)] = [e for e in events if matches(rule, e[3])]

    def findings(rule):
        if rule_id(rule) not in done:
            c = Correlation(rule, None)
            c.inputs = [by_name[n] for n in c.names]
            c.now = now
            hits = []
            for pos, inner in enumerate(c.inputs):
                if "detection" in inner:
                    hits += raw_hits(pos, base[rule_id(inner)])
                else:
                    hits += chained_hits(c, pos, Correlation(inner, None), findings(inner))
            done[rule_id(rule)] = c.findings(hits)
        return done[rule_id(rule)]

    for rule in rules:
        if "correlation" in rule:
            for name in Correlation(rule, None).names:
                listed.setdefault(rule_id(by_name[name]), []).append(rule)
    report = {}
    for rule in rules:
        users = listed.get(rule_id(rule))
        if users and not any(generates(u) for u in users):
            continue
        if "correlation" in rule:
            report[rule_id(rule)] = findings(rule)
        else:
            hits = raw_hits(0, base[rule_id(rule)])
            span = duration(rule.get("x-authsift", {}).get("dedup", "1d"))
            report[rule_id(rule)] = list(single_findings(rule, hits, span))
    return report
