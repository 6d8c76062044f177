"""CSV import, everything on, against raw COPY, bulk_create and tuned django-import-export.

    python -m benchmarks.import_speed [--rows 100000 1000000] [--pairs 5] [--slow-rows 20000] [--skip-memory]

A file of 16 columns with 1 % bad and 5 % duplicate rows is imported by `importing.read_rows`: cleaning, validation,
duplicates, row errors, changes, work rows, events, checkpoints. The baselines do none of that:

- raw COPY: one COPY of the same rows, prepared beforehand as COPY text, into the same table with the same indexes;
- bulk_create: the same prepared values as model instances, 5,000 a batch;
- django-import-export: the CSV through a ModelResource with bulk writes, no look-up of instances, no diff, no report.

The two slow ones are measured on the first `--slow-rows` rows and compared by rows per second; the smaller table is to
their advantage. Each round runs all of them one after the other on an emptied table, so that whatever else the machine
does falls on all alike. Printed are the median and the worst ratio; memory is the peak of a process that imports 1M
rows minus that of one that imports 10k. The servers and files lie under .data/bench-import.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

BASE = Path(__file__).resolve().parent.parent
os.environ.setdefault("GREENROOM_DATA_DIR", str(BASE / ".data" / "bench-import"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")

TARGETS = {"raw COPY": 0.7, "bulk_create": 4.0, "django-import-export": 7.0}
RAW_IMPORT = uuid.UUID("00000000-0000-7000-8000-000000000001")
MEMORY_TARGET_MIB = 64


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000], help="sizes to measure")
    parser.add_argument("--pairs", type=int, default=5, help="rounds per size (default: 5)")
    parser.add_argument("--slow-rows", type=int, default=20_000, help="rows for the two slow baselines")
    parser.add_argument("--skip-memory", action="store_true", help="do not measure memory")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    folder = Path(os.environ["GREENROOM_DATA_DIR"]) / "files"
    folder.mkdir(parents=True, exist_ok=True)
    if options.memory_of:
        import_file(made_file(folder, options.memory_of))
        # VmHWM, not ru_maxrss: the latter begins at the peak of the process that started this one.
        peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert peak is not None
        print(int(peak[1]) // 1024)
        return 0
    missed = sum(measure(folder, rows, options.pairs, options.slow_rows) for rows in options.rows)
    if not options.skip_memory:
        missed += measure_memory(folder, max(options.rows))
    empty()
    return missed


def measure(folder: Path, rows: int, pairs: int, slow_rows: int) -> int:
    """Run the rounds for one size and print them; return how many targets were missed."""
    file = made_file(folder, rows)
    small = made_file(folder, min(rows, slow_rows))
    prepared, count = prepared_file(file)
    slow = {"bulk_create": bulk_create, "django-import-export": import_export}
    ratios: dict[str, list[float]] = {name: [] for name in TARGETS}
    print(f"\n{rows:,} rows × 16 columns, 1 % bad, 5 % duplicates; {count:,} rows for raw COPY")
    for number in range(pairs):
        # Who goes first changes, so that a cache warmed by one helps the other as often as not.
        first, second = (raw_copy, import_file) if number % 2 else (import_file, raw_copy)
        seconds = {run: timed(run, prepared if run is raw_copy else file) for run in (first, second)}
        raw, ours = seconds[raw_copy], seconds[import_file]
        ratios["raw COPY"].append(raw / ours)
        line = f"  {number + 1}: import {ours:7.2f} s ({rows / ours:8,.0f} rows/s)   raw COPY {raw:7.2f} s"
        for name, run in slow.items():
            taken = timed(run, small)
            ratios[name].append((rows / ours) / (min(rows, slow_rows) / taken))
            line += f"   {name} {min(rows, slow_rows) / taken:7,.0f} rows/s"
        print(line, flush=True)
    missed = 0
    for name, found in ratios.items():
        median, target = statistics.median(found), TARGETS[name]
        missed += median < target
        verdict = "reached" if median >= target else "MISSED"
        print(f"  against {name:22} median {median:6.2f}   worst {min(found):6.2f}   target ≥ {target}   {verdict}")
    return missed


def measure_memory(folder: Path, largest: int) -> int:
    """Print how much more memory the largest import takes than one of 10k rows; 1 where that is too much."""
    del folder
    peaks = [
        int(
            subprocess.run(
                [sys.executable, "-m", "benchmarks.import_speed", "--memory-of", str(rows)],
                cwd=BASE,
                check=True,
                capture_output=True,
                text=True,
            ).stdout.split()[-1]
        )
        for rows in (10_000, largest)
    ]
    growth = peaks[1] - peaks[0]
    verdict = "reached" if growth <= MEMORY_TARGET_MIB else "MISSED"
    print(
        f"\nmemory: peak {peaks[0]} MiB at 10,000 rows, {peaks[1]} MiB at {largest:,}; "
        f"growth {growth} MiB   target ≤ {MEMORY_TARGET_MIB} MiB   {verdict}"
    )
    return int(growth > MEMORY_TARGET_MIB)


def timed(run: Callable[[Path], float | None], file: Path) -> float:
    """Seconds that `run` takes on an empty table, without those that it says are not its own."""
    empty()
    started = time.perf_counter()
    not_its_own = run(file) or 0.0
    return time.perf_counter() - started - not_its_own


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE candidates_candidate, candidates_import CASCADE")
        cursor.execute("CHECKPOINT")


def made_file(folder: Path, rows: int) -> Path:
    from django.core.management import call_command

    file = folder / f"{rows}.csv"
    if not file.exists():
        call_command("make_sample_csv", str(file), rows=rows, skip_checks=True, stderr=sys.stderr)
    return file


def import_file(file: Path) -> float:
    """What a worker does with a stored upload, from the first byte to the last row; returns the seconds of storing."""
    from candidates import importing
    from candidates.models import Import

    claim = uuid4()
    started = time.perf_counter()
    import_ = received(file)
    storing = time.perf_counter() - started
    Import.objects.filter(pk=import_.pk).update(claim=claim, status="extracting", phase="reading")
    importing.read_rows(import_.pk, claim=claim)
    import_.refresh_from_db()
    import_.file.delete(save=False)
    if not (import_.rows_total and import_.rows_failed and import_.duplicates):
        raise SystemExit("the import did not do its work")
    return storing


def received(file: Path) -> Any:
    from django.core.files import File

    from candidates import importing

    with file.open("rb") as opened:
        return importing.receive(file=File(opened), filename=file.name, made_by=None, job=None)


def prepared_chunks(file: Path) -> Iterator[Any]:
    from candidates.importing.reading import chunks

    import_ = received(file)
    for chunk in chunks(import_):
        yield chunk
        if chunk.prepared.is_last:
            break
    import_.file.delete(save=False)
    import_.delete()


def constants() -> dict[str, str]:
    from candidates.importing.writing import _defaults

    # The same rows as an import writes: each names its import, and so stands in that index and is checked against it.
    return {**_defaults(), "source": "csv_upload", "made_by_import_id": str(RAW_IMPORT)}


def prepared_file(file: Path) -> tuple[Path, int]:
    """The valid rows of a file as COPY text with the names of their columns on the first line, and their number."""
    target = file.with_suffix(".copy")
    count = 0
    with target.open("w", encoding="utf-8", newline="") as out:
        for chunk in prepared_chunks(file):
            if not chunk.rows:
                continue
            named = [name for name in constants() if name not in chunk.names]
            end = "\t" + "\t".join(constants()[name] for name in named) + "\n"
            if not count:
                out.write(",".join(f'"{name}"' for name in (*chunk.names, *named)) + "\n")
            out.write(end.join(chunk.rows) + end)
            count += len(chunk.rows)
    return target, count


def raw_copy(file: Path) -> None:
    from django.db import connection, transaction

    from candidates.models import Import

    Import.objects.create(pk=RAW_IMPORT, filename=file.name)
    with file.open("rb") as rows, transaction.atomic():
        names = rows.readline().decode().strip()
        with connection.cursor() as cursor, cursor.copy(f"COPY candidates_candidate ({names}) FROM STDIN") as copy:
            while block := rows.read(256 * 1024):
                copy.write(block)


def bulk_create(file: Path) -> float:
    """Model instances from prepared values; returns the seconds that preparing those took."""
    from candidates.models import Candidate

    floats = {"years_experience", "max_acv", "quota_attainment"}
    lists = {"industries", "skills", "certifications", "achievements"}
    waiting: list[Candidate] = []
    preparing = 0.0
    source = prepared_chunks(file)
    while True:
        before = time.perf_counter()
        chunk = next(source, None)
        preparing += time.perf_counter() - before
        if chunk is None:
            break
        for at in range(len(chunk.rows)):
            values: dict[str, Any] = {}
            for name, cells in chunk.prepared.values.items():
                cell = cells[at]
                if not cell:
                    continue
                if name in floats:
                    values[name] = float(cell)
                elif name in lists:
                    values[name] = cell[2:-2].split('","')
                elif name != "positions":
                    values[name] = cell
            waiting.append(Candidate(source="csv_upload", other_columns=chunk.prepared.others[at], **values))
        Candidate.objects.bulk_create(waiting, batch_size=5_000)
        waiting.clear()
    return preparing


def import_export(file: Path) -> None:
    import csv

    import tablib
    from import_export import fields, resources, widgets

    from candidates.models import Candidate

    columns = {
        "Email": "email",
        "Phone": "phone",
        "LinkedIn URL": "linkedin_url",
        "Title": "current_role",
        "Company": "current_company",
        "City": "location",
        "Education": "education",
        "Summary": "bio",
        "Last Name": "name",
    }

    class Years(widgets.Widget):
        def clean(self, value: str, row: Any = None, **kwargs: Any) -> float | None:
            return float(value.split(" ")[0].rstrip("+")) if value else None

    class Items(widgets.Widget):
        def clean(self, value: str, row: Any = None, **kwargs: Any) -> list[str]:
            return value.split("; ") if value else []

    class Meta:
        model = Candidate
        fields = (*columns.values(), "years_experience", "skills")
        import_id_fields = ()
        use_bulk = True
        batch_size = 5_000
        force_init_instance = True
        skip_diff = True
        skip_html_diff = True
        report_skipped = False
        use_transactions = False
        clean_model_instances = False

    declared: dict[str, Any] = {name: fields.Field(name, header) for header, name in columns.items()}
    declared["years_experience"] = fields.Field("years_experience", "Years of Experience", widget=Years())
    declared["skills"] = fields.Field("skills", "Skills", widget=Items())
    resource = type(resources.ModelResource)("Resource", (resources.ModelResource,), {**declared, "Meta": Meta})
    with file.open(newline="", encoding="utf-8") as opened:
        reader = csv.reader(opened)
        data = tablib.Dataset(headers=next(reader))
        data.extend(reader)
    resource().import_data(data, raise_errors=True, dry_run=False)


if __name__ == "__main__":
    sys.exit(main())
