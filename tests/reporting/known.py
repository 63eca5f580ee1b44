"""Findings and pictures of which everything is known."""

from datetime import datetime, timedelta, timezone
from typing import Any

from brain_tumor.imaging.decode import Scan
from brain_tumor.reporting.findings import Findings, findings_of
from brain_tumor.reporting.images import ReportImages, report_images
from brain_tumor.reporting.overlay import overlay_png
from brain_tumor.stability import Stability, Variant
from tests.fakes import fake_classifier, head

DATE = datetime(2026, 3, 4, 15, 6, 7, tzinfo=timezone(timedelta(hours=5, minutes=30)))
HASH = "c0ffee" + "7" * 58
AWKWARD_NAMES = (
    "脑部扫描.png",
    "صورة الدماغ.png",
    "🧠👩‍⚕️️.png",
    "<b>&amp;**x** `y` $z$ {nb} #1.png",
    "a\u202egnp.exe",
    "ก็ि.png",
    "\ud83d.png",
    "n" * 3000 + ".png",
    "",
)


def scan_of(label: int = 0, size: int = 256) -> Scan:
    return Scan(head(label, size), 0.0, "PNG", "L", 8)


def stability(*probabilities: float) -> Stability:
    """How a glioma held on copies that give it these probabilities, and meningioma the rest."""
    return Stability(
        "glioma",
        tuple(
            Variant(f"change {i}", (value, 1 - value, 0.0, 0.0))
            for i, value in enumerate(probabilities, 1)
        ),
    )


def findings(label: int = 0, **changes: Any) -> Findings:
    """The findings on a head of a class by the ``QuadrantEngine``."""
    classifier = fake_classifier()
    scan = scan_of(label)
    given: dict[str, Any] = {
        "file_name": "scan.png",
        "size": (scan.width, scan.height),
        "date": DATE,
        "image_hash": HASH,
    }
    return findings_of(classifier.classify(scan), classifier.info, **(given | changes))


def images(label: int = 0, **changes: Any) -> ReportImages:
    """The pictures of the same head, drawn as the findings with these changes say."""
    classifier = fake_classifier()
    scan = scan_of(label)
    answer = classifier.classify(scan)
    return report_images(scan, answer, findings(label, **changes))


def overlay(scan: Scan, one: Findings, **options: Any) -> bytes:
    """The overlay of a scan by the ``QuadrantEngine``, as the findings say."""
    classifier = fake_classifier()
    return overlay_png(scan, classifier.classify(scan), one, **options)
