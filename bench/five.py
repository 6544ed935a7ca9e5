"""The five Bulk requests alone, as a process of its own: what a batch is measured against."""

import json
import sys
import time
from pathlib import Path

import requests


def send(url: str, token: str, content: bytes) -> float:
    """Seconds from the first request to the last byte of the results."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    jobs = f"{url}/services/data/v66.0/jobs/ingest"
    began = time.monotonic()
    about = {"object": "Opportunity", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    job = session.post(jobs, json=about, timeout=60).json()["id"]
    session.put(f"{jobs}/{job}/batches", content, headers={"Content-Type": "text/csv"}, timeout=60)
    session.patch(f"{jobs}/{job}", json={"state": "UploadComplete"}, timeout=60)
    pause = 0.05
    while session.get(f"{jobs}/{job}", timeout=60).json()["state"] != "JobComplete":
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)
    rows = session.get(f"{jobs}/{job}/successfulResults/", timeout=60).content.count(b"\n") - 1
    if rows != content.count(b"\n") - 1:
        raise RuntimeError(f"only {rows} rows were written")
    return time.monotonic() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps(send(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes())))
