"""Runs the comparison; bench/compare.sh builds first and then comes here."""
import argparse
import datetime
import json
import pathlib
import signal
import subprocess
import sys
import time

import machine
import measures
import report
from processes import Failed
from rows import NODE, all_rows
from servers import Lab

BENCH = pathlib.Path(__file__).resolve().parents[1]


def say(text):
    print(text, file=sys.stderr, flush=True)


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    def __init__(self, total):
        self.total, self.done, self.begin = total, 0, time.monotonic()

    def step(self, row, contender, outcome):
        self.done += 1
        passed = time.monotonic() - self.begin
        left = passed / self.done * (self.total - self.done)
        say(f"[{self.done:3}/{self.total}  {clock(passed)} passed, {clock(left)} left]  {row.key:12} {contender.name:20} {outcome}")


def run_row(row, lab, effort, rounds, progress):
    """All contenders in turn, and that `rounds` times: A B C A B C, so that a slow minute of the machine hits all alike."""
    figures = {one.name: [] for one in row.contenders}
    failures = {one.name: [] for one in row.contenders}
    for _ in range(rounds):
        for one in row.contenders:
            try:
                if one.name.startswith(NODE) and not machine.can_run_node():
                    raise Failed("not run: Node.js or its packages are not there")
                figures[one.name].append(one.measure(lab, effort))
                metric, scale, label = row.shows[0]
                outcome = f"{report.number(figures[one.name][-1].get(metric, 0) * scale)} {label}"
            except Failed as why:
                figures[one.name].append(None)
                failures[one.name].append(str(why))
                outcome = f"FAILED: {why}"
            progress.step(row, one, outcome)
    return report.summarise(row, figures, failures, row.judged(effort))


def parse():
    keys = [row.key for row in all_rows()]
    out = argparse.ArgumentParser(prog="bench/compare.sh", description="Compares the broker with what one would use instead.")
    out.add_argument("--quick", action="store_true", help="one short round of everything, to see that all works (< 4 minutes)")
    out.add_argument("--only", metavar="ROW,...", help=f"only these rows: {', '.join(keys)}")
    out.add_argument("--rounds", type=int, default=0, help="rounds of each row (5; quick: 1)")
    out.add_argument("--seconds", type=float, default=0, help="length of each timed run (5; quick: 1)")
    out.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    out.add_argument("--broker", type=pathlib.Path, help="another broker binary than the one built here")
    out.add_argument("--out", type=pathlib.Path, help="directory for the results (bench/results; quick: the build's)")
    chosen = out.parse_args()
    chosen.out = chosen.out or (chosen.build / "compare-results" if chosen.quick else BENCH / "results")
    wanted = chosen.only.split(",") if chosen.only else keys
    if unknown := set(wanted) - set(keys):
        out.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(keys)}")
    chosen.rows = [row for row in all_rows() if row.key in wanted]
    return chosen


def write(results, directory):
    directory.mkdir(parents=True, exist_ok=True)
    stem = directory / (results["when"] + ("-quick" if results["quick"] else ""))
    stem.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n")
    stem.with_suffix(".md").write_text(report.markdown(results))
    subprocess.run([sys.executable, BENCH / "chart.py", stem.with_suffix(".json"), stem.with_suffix(".svg")], check=True)
    return stem


def main():
    chosen = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rounds = chosen.rounds or (1 if chosen.quick else 5)
    effort = measures.Effort(chosen.quick, chosen.seconds or (1 if chosen.quick else 5), 0.3 if chosen.quick else 1)
    progress = Progress(rounds * sum(len(row.contenders) for row in chosen.rows))
    lab = Lab(chosen.build.resolve(), chosen.broker and chosen.broker.resolve())
    try:
        done = [run_row(row, lab, effort, rounds, progress) for row in chosen.rows]
        results = {"when": datetime.datetime.now().strftime("%Y-%m-%d-%H%M"), "quick": chosen.quick, "rounds": rounds,
                   "seconds": effort.seconds, "pairs": measures.PAIRS, "machine": machine.describe(lab.home), "rows": done}
    finally:
        lab.close()
    stem = write(results, chosen.out)
    print(report.markdown(results))
    print(f"Written: {stem}.json, .md and .svg")
    return 1 if any(one["failures"] for row in done for one in row["contenders"].values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
