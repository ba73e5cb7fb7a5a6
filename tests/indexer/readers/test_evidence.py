"""What a digest's section gives as evidence."""

import pytest

from indexer.readers.evidence import evidence_of


@pytest.mark.parametrize(
    ("name", "text", "evidence"),
    [
        ("Background", "Weight fell by 12%.", "none"),
        ("Results", "Weight fell by 12% in the made-up arm.", "reported"),
        ("Safety", "Nausea occurred in 3 of 25 people.", "reported"),
        ("Key findings", "The made-up drug was well tolerated.", "reported"),
        ("Results", "No results are available yet. An older trial reported less pain.", "none"),
        ("Results", "Results have not been posted.", "none"),
        ("Results", "The study will assess pain. The primary endpoint is survival.", "planned"),
        ("Outcomes", "Researchers expect that pain would be reduced.", "planned"),
        ("Results", "Weight fell by 12%. A longer study is planned.", "reported"),
        ("Results", "No results yet. Adverse events will be counted.", "planned"),
        ("Safety", "See the label.", "none"),
        ("Results", "Results are not given. Doses of 1 mg and 2 mg are compared.", "none"),
        ("Results", "The registry has not posted any results.", "none"),
        ("Safety", "Two cohorts received 1 mg or 2 mg. What they showed is not stated.", "none"),
        ("Safety", "Efficacy and safety are of interest. Neither is reported.", "none"),
        ("Results", "Body weight at week 28 was the primary outcome.", "planned"),
        ("Safety", "No serious adverse events occurred.", "reported"),
        ("Results", "Deaths: made-up arm 0 / 46; placebo 1 / 46.", "reported"),
    ],
)
def test_the_rule(name, text, evidence):
    """Findings are reported only where a sentence reports and none says that there are none."""
    assert evidence_of(name, text) == evidence
