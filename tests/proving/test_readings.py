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


def figures(ratio: float, milliseconds: float) -> dict[str, Any]:
    """What the bench says when every ratio and every other figure are these."""
    modes = ("mix", "new-read", "re-read", "stopped", "subscriber")
    return {
        "detail": {mode: {"ratio": ratio} for mode in modes},
        "redis": {mode: {"ratio": ratio} for mode in modes[:2]},
        "tail": {"p99_ms": milliseconds},
        "mixed": {"ratio": ratio, "p99_ms": milliseconds},
        "memory": {"rss_mb": milliseconds},
    }


def test_figures_that_miss_their_bars_are_named_with_them():
    assert gate.list_missed(figures(0.9, 9.9)) == []
    assert gate.list_missed(figures(0.45, 10.1)) == [
        "tail p99_ms 10.1 is over 10.0",
        "mixed ratio 0.45 is under 0.8",
    ]
    low = figures(0.9, 251.0)
    low["detail"]["new-read"]["ratio"] = 0.359
    assert gate.list_missed(low) == [
        "detail new-read ratio 0.359 is under 0.36",
        "tail p99_ms 251.0 is over 10.0",
        "mixed p99_ms 251.0 is over 20.0",
        "memory rss_mb 251.0 is over 250.0",
    ]
