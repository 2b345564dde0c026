"""docs/operations.md is complete: its metrics are those of a running broker, its events those of the sources. So are its links."""
import pathlib
import re
import unittest

from harness import BrokerCase
from operations import metrics

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def rows(name):
    """The table behind the comment of that name: cells without Markdown."""
    table = DOCUMENT.split(f"<!-- {name}:")[1].split("\n\n")[1]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


class OperationsDocument(BrokerCase):
    def test_every_metric_is_listed_as_it_is(self):
        documented = {name: (kind, text) for name, kind, text in rows("metrics")}
        self.assertEqual(documented, {name: (kind, text) for name, (kind, text, _) in metrics(self.broker).items()})

    def test_every_event_is_listed_with_its_level(self):
        sources = "".join(f.read_text(encoding="utf-8") for f in (*ROOT.glob("actors/**/*.cpp"), *ROOT.glob("actors/*.hpp")))
        logged = {(event, level) for level, event in re.findall(r'log::(debug|info|warning|error)\("(\w+)"\)', sources)}
        self.assertEqual({(event, level) for event, level, _ in rows("events")}, logged)


class Links(unittest.TestCase):
    def test_every_relative_link_leads_somewhere(self):
        documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")]
        self.assertGreater(len(documents), 10)
        dead = [f"{d.relative_to(ROOT)}: {link}" for d in documents
                for link in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", d.read_text(encoding="utf-8"))
                if not (d.parent / link).exists()]
        self.assertEqual(dead, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
