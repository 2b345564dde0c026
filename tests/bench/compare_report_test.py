"""How bench/compare judges figures: what it says there decides what we believe of the broker."""
import pathlib
import sys
import unittest
import xml.dom.minidom

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path[:0] = [str(BENCH / "compare"), str(BENCH)]

import chart
import report
from measures import Effort
from rows import Check, all_rows


def rounds(**contenders):
    return {name: [None if value is None else {"cost": value} for value in values] for name, values in contenders.items()}


def results(rows, quick=False):
    machine = {"cpu": "a <fast> & small one", "cores": 2, "memory_gib": 4, "kernel": "6", "system": "Debian"}
    return {"when": "2026-11-21-1000", "quick": quick, "rounds": 3, "machine": machine, "rows": rows}


class Judging(unittest.TestCase):
    def judge(self, check, figures, judged=True):
        return report.judge(check, figures, judged)

    def test_takes_ratios_within_each_round_and_then_their_median(self):
        told = self.judge(Check("", "a", "cost", 0.5, "b"), rounds(a=[1, 10, 4], b=[4, 20, 5]))
        self.assertEqual(told["measured"], {"median": 0.5, "min": 0.25, "max": 0.8})

    def test_a_figure_at_its_limit_is_met_and_one_beyond_is_not(self):
        for at_least, value, met in [(False, 2, True), (False, 2.01, False), (True, 2, True), (True, 1.99, False)]:
            told = self.judge(Check("", "a", "cost", 2, at_least=at_least), rounds(a=[value]))
            self.assertEqual(told["met"], met, (at_least, value))

    def test_a_round_in_which_either_failed_does_not_count(self):
        told = self.judge(Check("", "a", "cost", 1, "b"), rounds(a=[None, 6, 3], b=[1, None, 1]))
        self.assertEqual(told["measured"], {"median": 3, "min": 3, "max": 3})

    def test_without_a_figure_nothing_is_met(self):
        for figures in (rounds(a=[None], b=[1]), rounds(a=[1], b=[0]), {}):
            told = self.judge(Check("", "a", "cost", 1, "b"), figures)
            self.assertIsNone(told["measured"])
            self.assertNotIn("met", told)

    def test_a_row_that_is_not_at_full_size_is_not_judged(self):
        told = self.judge(Check("", "a", "cost", 1), rounds(a=[0.5]), judged=False)
        self.assertNotIn("met", told)
        self.assertEqual(told["measured"]["median"], 0.5)

    def test_a_limit_may_come_from_the_run_itself(self):
        told = self.judge(Check("", "a", "cost", lambda run: 3 * run["cost"] + 5), rounds(a=[2, 4]))
        self.assertEqual((told["limit"], told["met"]), (14, True))


class Rows(unittest.TestCase):
    def test_every_check_is_about_contenders_of_its_row(self):
        for row in all_rows():
            names = {one.name for one in row.contenders}
            for check in row.checks:
                self.assertLessEqual({check.of, check.by or check.of}, names, row.key)

    def test_a_hurry_judges_only_what_is_at_full_size(self):
        judged = {row.key for row in all_rows() if row.judged(Effort(True, 1, 0))}
        self.assertIn("relay-1", judged)
        self.assertFalse(judged & {"idle", "recovery", "deadlines", "growth", "idle-beside", "commit"})
        self.assertTrue(all(row.judged(Effort(False, 5, 1)) for row in all_rows()))


class Telling(unittest.TestCase):
    def setUp(self):
        row = next(row for row in all_rows() if row.key == "relay-16")
        figures = {one.name: [{check.metric: 1000.0 * (i + 1) for check in row.checks}] for i, one in enumerate(row.contenders)}
        figures["mosquitto"] = [None]
        failures = {one.name: [] for one in row.contenders}
        failures["mosquitto"] = ["did not start"]
        self.results = results([report.summarise(row, figures, failures, True)])

    def test_tables_name_targets_verdicts_and_failures(self):
        text = report.markdown(self.results)
        for part in ("<= 0.28 x", "0.5 x", "NOT met", "mosquitto: did not start"):
            self.assertIn(part, text)

    def test_the_chart_is_well_formed_and_says_what_is_not_met(self):
        svg = chart.draw(self.results)
        xml.dom.minidom.parseString(svg)
        self.assertIn("0.5 &gt; 0.28 x", svg)
        self.assertIn("prefers-color-scheme: dark", svg)


if __name__ == "__main__":
    unittest.main()
