"""From rows to a frozen snapshot: the only place that reads a whole case for documents, exports and bindings."""

from compassionate.services.snapshots.asking import report_form, report_subject
from compassionate.services.snapshots.papers import paper_snapshot, papers_of, willingness_papers
from compassionate.services.snapshots.whole import snapshot

__all__ = ["paper_snapshot", "papers_of", "report_form", "report_subject", "snapshot", "willingness_papers"]
