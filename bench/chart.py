#!/usr/bin/python3
"""Draws a results file of compare.sh as an SVG that reads well on light and dark ground. No dependencies.

    bench/chart.py bench/results/DATE.json DATE.svg
"""
import json
import math
import pathlib
import sys
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT = 880, 250, 150
BAR, GAP = 17, 7
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933; }
  .title { font-size: 17px; font-weight: 600; } .head { font-size: 14px; font-weight: 600; } .small { font-size: 12px; }
  .soft { fill: #5f6b7a; } .ours { fill: #0b7285; } .other { fill: #aab4c0; } .line { stroke: #c3cad3; }
  .spread { stroke: #1f2933; stroke-width: 1.3; } .mark { stroke: #1f2933; stroke-width: 1.6; }
  .met { fill: #0b7285; } .unmet { fill: #d9480f; } .ground { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6eaef; } .soft { fill: #9aa6b5; } .ours { fill: #3bc9db; } .other { fill: #5b6775; } .line { stroke: #45505d; }
    .spread, .mark { stroke: #e6eaef; } .met { fill: #3bc9db; } .unmet { fill: #ff922b; } .ground { fill: #14181d; }
  }
"""
COST = "server.cpu_ns_per_message"
COSTS = {"relay-1": "window 1", "relay-16": "window 16", "wss-1": "window 1, wss", "wss-16": "window 16, wss"}


def short(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Drawing:
    def __init__(self):
        self.parts, self.y = [], 30

    def text(self, x, y, words, kind="", anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')

    def box(self, x, y, width, height, kind):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" class="{kind}"/>')

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def svg(self, name):
        height = self.y + 14
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
                f'role="img" aria-label="{escape(name)}">\n<style>{STYLE}</style>\n'
                f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>\n' + "\n".join(self.parts) + "\n</svg>\n")


def end_of_scale(values):
    """The longest bar's value; one that is far beyond the others is cut off, lest they all look alike."""
    ranked = sorted(values, reverse=True)
    for longest, following in zip(ranked, ranked[1:]):
        if longest < 4 * following:
            return longest
    return ranked[-1]


def bars(drawing, row, heading):
    costs = {name: one["figures"][COST] for name, one in row["contenders"].items() if COST in one["figures"]}
    if not costs:
        return
    drawing.y += 26
    drawing.text(24, drawing.y, heading, "head")
    drawing.y += 12
    room = WIDTH - LEFT - RIGHT
    scale = room / max(end_of_scale([cost["median"] for cost in costs.values()]), 1e-9)
    for name, cost in sorted(costs.items(), key=lambda item: item[1]["median"]):
        y, length = drawing.y, min(cost["median"] * scale, room)
        drawing.text(LEFT - 10, y + 13, name, "", "end")
        drawing.box(LEFT, y, length, BAR, "ours" if name == "broker" else "other")
        shown_to = length
        if cost["median"] * scale > room:
            drawing.text(LEFT + room - 22, y + 13, "//", "head")
        elif cost["max"] > cost["min"]:
            low, shown_to = (min(cost[edge] * scale, room) for edge in ("min", "max"))
            drawing.line(LEFT + low, y + BAR / 2, LEFT + shown_to, y + BAR / 2, "spread")
        drawing.text(LEFT + max(length, shown_to) + 8, y + 13, f"{short(cost['median'] / 1000)} µs", "small")
        drawing.y += BAR + GAP


def against_target(check):
    """How the measured figures stand to the target: below 1 is better than it."""
    limit, measured = check["limit"], check["measured"]
    if not measured or not limit or "met" not in check:
        return None
    values = [measured[name] / limit for name in ("median", "min", "max")]
    if check["at_least"]:
        values = [1 / value if value else math.inf for value in (values[0], values[2], values[1])]
    return values


def targets(drawing, results):
    checks = [(check, against_target(check)) for row in results["rows"] for check in row["checks"]]
    checks = [(check, values) for check, values in checks if values]
    if not checks:
        return
    left, right = 440, WIDTH - RIGHT + 20

    def across(value):
        return left + (right - left) * (math.log2(min(max(value, 0.125), 8)) + 3) / 6

    drawing.y += 34
    drawing.text(24, drawing.y, "Measured against the targets", "head")
    drawing.y += 20
    drawing.text(across(1) - 8, drawing.y, "better", "small soft", "end")
    drawing.text(across(1) + 8, drawing.y, "worse", "small soft")
    top = drawing.y + 6
    drawing.y += 12
    for check, (middle, low, high) in checks:
        y = drawing.y + 9
        drawing.text(left - 14, y + 4, check["what"], "small", "end")
        drawing.line(across(low), y, across(high), y, "spread")
        drawing.parts.append(f'<circle cx="{across(middle):.1f}" cy="{y:.1f}" r="5" class="{"met" if check["met"] else "unmet"}"/>')
        sign = {(True, False): "≤", (False, False): ">", (True, True): "≥", (False, True): "<"}[check["met"], check["at_least"]]
        told = f"{short(check['measured']['median'])} {sign} {short(check['limit'])} {check['unit']}"
        drawing.text(right + 8, y + 4, told, "small")
        drawing.y += 22
    for value, label in ((0.25, "¼"), (0.5, "½"), (1, "target"), (2, "2×"), (4, "4×")):
        drawing.line(across(value), top, across(value), drawing.y, "mark" if value == 1 else "line")
        drawing.text(across(value), drawing.y + 14, label, "small soft", "middle")
    drawing.y += 20


def draw(results):
    drawing, machine = Drawing(), results["machine"]
    drawing.text(24, drawing.y, "CPU time of the server for each relayed message of 200 bytes", "title")
    drawing.y += 20
    quick = "quick run, figures mean little · " if results["quick"] else ""
    drawing.text(24, drawing.y, f"{quick}{results['when']} · {machine['cpu']}, {machine['cores']} cores · medians of "
                 f"{results['rounds']}, line: min to max · shorter is better", "small soft")
    for row in results["rows"]:
        if row["key"] in COSTS:
            bars(drawing, row, COSTS[row["key"]])
    targets(drawing, results)
    return drawing.svg("CPU per relayed message, and figures against their targets")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: bench/chart.py RESULTS.json CHART.svg")
    pathlib.Path(sys.argv[2]).write_text(draw(json.loads(pathlib.Path(sys.argv[1]).read_text())))


if __name__ == "__main__":
    main()
