"""Long work as rows: claimed with a lease, done outside any transaction, written back only if the claim still stands.

See DESIGN "Work rows". Three parts: `claiming` takes rows, `draining` does them (many in flight on one event loop, the
database behind one door), `committing` writes results back in batches. `sweeping` repairs what a killed worker, a lost
message or a restarted server left behind; `reading` is the same promise for a whole file.
"""

from candidates.pipeline.claiming import queue_scores, work_is_ready
from candidates.pipeline.draining import drain
from candidates.pipeline.reading import read_import
from candidates.pipeline.sweeping import sweep

__all__ = ["drain", "queue_scores", "read_import", "sweep", "work_is_ready"]
