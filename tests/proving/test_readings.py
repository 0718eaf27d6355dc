from __future__ import annotations

from typing import Any

import pytest

from tests.proving import gate, lighthouse

pytestmark = pytest.mark.pure


def report() -> dict[str, Any]:
    audits: dict[str, Any] = {
        name: {"numericValue": figure, "score": 1, "title": name}
        for name, figure in (
            ("first-contentful-paint", 1_000.4),
            ("largest-contentful-paint", 1_900.0),
            ("total-blocking-time", 20),
            ("speed-index", 1_100),
            ("cumulative-layout-shift", 0.0004),
        )
    }
    audits["speed-index"] |= {"score": 0.9, "displayValue": "1.1 s"}
    audits["network-requests"] = {
        "details": {
            "items": [
                {"resourceType": "Script", "transferSize": 816},
                {"resourceType": "Script", "transferSize": 970},
                {"resourceType": "Font", "transferSize": 66_000},
                {"resourceType": "Other"},
            ]
        }
    }
    references = [{"id": "speed-index", "weight": 10}]
    categories = {
        name: {"score": 0.994 if name == "performance" else 1, "auditRefs": references}
        for name in lighthouse.CATEGORIES
    }
    return {"audits": audits, "categories": categories}


def test_a_report_is_read_to_scores_metrics_bytes_and_what_lost_points():
    run = lighthouse.read_report(report())
    assert run.scores == {
        "performance": 99,
        "accessibility": 100,
        "best-practices": 100,
        "seo": 100,
    }
    assert run.metrics == {"FCP": 1_000.4, "LCP": 1_900.0, "TBT": 20, "SI": 1_100, "CLS": 0.0004}
    assert (run.script_bytes, run.total_bytes) == (1_786, 67_786)
    assert run.lost[0] == "performance: speed-index 0.90 (1.1 s)"


def test_a_median_under_the_bar_is_named(capsys):
    low = report()
    low["categories"]["seo"]["score"] = 0.94
    runs = [lighthouse.read_report(one) for one in (report(), low, low)]
    page = lighthouse.Page("story", "/city/a-1/")
    assert lighthouse._judge(page, runs, why=False) == ["story seo 94"]
    assert "performance 99 accessibility 100 best-practices 100 seo 94" in capsys.readouterr().out
    assert lighthouse._judge(page, [runs[0], runs[0], runs[2]], why=False) == []


def test_a_gate_under_its_bar_is_named():
    detail = {"mix": {"ratio": 0.30}, "new-read": {"ratio": 0.249}, "re-read": {"ratio": 0.01}}
    assert gate.list_under(detail) == ["new-read"]
    assert gate.list_under(detail | {"new-read": {"ratio": 0.25}}) == []
