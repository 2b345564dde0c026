"""A strict reader of Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=[a-zA-Z_])|$)')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


def parse(text):
    """{family: (type, help, {(sample name, frozenset of labels): value})}; ValueError at the first departure from the format."""
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    families = {}
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            read_header(line, families)
        else:
            read_sample(line, families)
    for name, (kind, help_text, samples) in families.items():
        if kind is None or help_text is None or not samples:
            raise ValueError(f"{name} lacks its type, its help or its samples")
        if kind == "histogram":
            check_histogram(name, samples)
    return families


def read_header(line, families):
    match = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (.+)", line)
    if not match:
        raise ValueError("no comment of the format: " + line)
    what, name, rest = match.groups()
    kind, help_text, samples = families.get(name, (None, None, {}))
    if samples or (kind if what == "TYPE" else help_text) is not None:
        raise ValueError(f"{name} appears twice")
    if what == "TYPE" and rest not in ("counter", "gauge", "histogram", "summary", "untyped"):
        raise ValueError("unknown type: " + line)
    families[name] = (rest, help_text, samples) if what == "TYPE" else (kind, rest, samples)


def read_sample(line, families):
    match = SAMPLE.fullmatch(line)
    if not match:
        raise ValueError("no sample: " + line)
    name, inside, value = match.groups()
    labels = read_labels(inside or "", line)
    family = next((f for f, (kind, _, _) in reversed(families.items())
                   if name in [f + s for s in SUFFIXES.get(kind, ("",))]), None)
    if family != next(reversed(families), None):
        raise ValueError("not below its family's header: " + line)
    samples = families[family][2]
    if (name, labels) in samples:
        raise ValueError("twice: " + line)
    samples[name, labels] = float(value.replace("Inf", "inf").replace("NaN", "nan"))


def read_labels(inside, line):
    labels, at = {}, 0
    while at < len(inside):
        match = LABEL.match(inside, at)
        if not match or match.group(1) in labels:
            raise ValueError("bad labels: " + line)
        labels[match.group(1)] = match.group(2)
        at = match.end()
    return frozenset(labels.items())


def check_histogram(name, samples):
    series = {}
    for (sample, labels), value in samples.items():
        bound = dict(labels).get("le")
        rest = frozenset(x for x in labels if x[0] != "le")
        series.setdefault(rest, {})[bound if sample.endswith("_bucket") else sample[len(name):]] = value
    for found in series.values():
        buckets = sorted((float(k.replace("Inf", "inf")), v) for k, v in found.items() if k not in ("_sum", "_count"))
        counts = [v for _, v in buckets]
        if not buckets or buckets[-1][0] != math.inf or counts != sorted(counts) or counts[-1] != found["_count"]:
            raise ValueError(f"{name} is no histogram")
        if "_sum" not in found:
            raise ValueError(f"{name} has no sum")


def value(families, name, **labels):
    """One sample of a family without suffixes."""
    return families[name][2][name, frozenset(labels.items())]
