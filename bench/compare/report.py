"""Figures of all rounds as medians with their spread, targets judged, and tables in Markdown."""
from statistics import median


def spread(values):
    return {"median": median(values), "min": min(values), "max": max(values)} if values else None


def judge(check, rounds, judged):
    """`rounds`: {contender: [figures of a run, or None]}. Ratios are taken round by round: what ran close together."""
    values, limits = [], []
    for number, of in enumerate(rounds.get(check.of, [])):
        by = rounds.get(check.by, [None] * (number + 1))[number] if check.by else {check.metric: 1}
        if not of or not by or check.metric not in of or not by.get(check.metric):
            continue
        values.append(of[check.metric] * check.scale / by[check.metric])
        limits.append(check.limit(of) if callable(check.limit) else check.limit)
    out = {"what": check.what, "unit": check.unit, "at_least": check.at_least, "measured": spread(values),
           "limit": median(limits) if limits else None if callable(check.limit) else check.limit}
    if values and judged:
        middle = out["measured"]["median"]
        out["met"] = middle >= out["limit"] if check.at_least else middle <= out["limit"]
    return out


def summarise(row, rounds, failures, judged):
    """A row as it goes into the results file."""
    contenders = {}
    for one in row.contenders:
        runs = [run for run in rounds[one.name] if run]
        names = {name for run in runs for name in run}
        figures = {name: [run[name] for run in runs if name in run] for name in sorted(names)}
        contenders[one.name] = {"figures": {name: {**spread(values), "runs": values} for name, values in figures.items()},
                                "failures": failures[one.name]}
    return {"key": row.key, "title": row.title, "contenders": contenders,
            "checks": [judge(check, rounds, judged) for check in row.checks], "shows": [{"metric": metric, "scale": scale, "label": label} for metric, scale, label in row.shows]}


def number(value):
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def in_words(values, scale=1, unit=""):
    """"1.02 x (0.98 .. 1.10)"; without a spread when there was one run."""
    if not values:
        return "no figure"
    low, middle, high = (number(values[name] * scale) for name in ("min", "median", "max"))
    return f"{middle} {unit}".strip() + (f" ({low} .. {high})" if low != high else "")


def _table(head, lines):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    out = [head, ["-" * width for width in widths], *lines]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in out)


def _target(check):
    if check["limit"] is None:
        return ""
    return f"{'>=' if check['at_least'] else '<='} {number(check['limit'])} {check['unit']}".strip()


def _verdict(check):
    if "met" in check:
        return "met" if check["met"] else "NOT met"
    return "not at full size" if check["measured"] else "not measured"


def targets_table(results):
    lines = [[check["what"], _target(check), in_words(check["measured"], unit=check["unit"]), _verdict(check)]
             for row in results["rows"] for check in row["checks"]]
    return _table(["What", "Target", "Measured (min .. max)", ""], lines)


def row_table(row):
    head = ["", *(shown["label"] for shown in row["shows"])]
    lines = []
    for name, contender in row["contenders"].items():
        figures = contender["figures"]
        cells = [in_words(figures.get(shown["metric"]), shown["scale"]) if figures else "-" for shown in row["shows"]]
        lines.append([name, *cells])
    return _table(head, lines)


def warnings(results):
    """What a reader has to know before the figures."""
    out = ["This was a quick run: it shows that everything works, and its figures mean little."] if results["quick"] else []
    for row in results["rows"]:
        for name, contender in row["contenders"].items():
            out += [f"{row['title']}: {name}: {why}" for why in sorted(set(contender["failures"]))]
            busy = contender["figures"].get("load.too_busy")
            if busy and busy["median"]:
                out.append(f"{row['title']}: {name}: the load generator was the bottleneck; its rates and latencies are the "
                           "generator's, CPU per message still holds.")
    return out


def markdown(results):
    machine = results["machine"]
    parts = [f"# Comparison of {results['when']}",
             f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, Linux {machine['kernel']}, "
             f"{machine['system']}; {results['rounds']} rounds, medians.", targets_table(results)]
    for row in results["rows"]:
        parts += [f"## {row['title']}", row_table(row)]
    noted = warnings(results)
    if noted:
        parts += ["## Notes", "\n".join(f"- {line}" for line in noted)]
    return "\n\n".join(parts) + "\n"
