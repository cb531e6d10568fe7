"""The process that reads planners' files: ``python -m geo.desk_child``.

Reading a large file keeps a processor busy for seconds, and a hostile one may take
all the memory there is. Here it does neither to the people who look at a map
meanwhile, and stopping it is one call. `geo.desk_process` starts it and writes to its
stdin, one line a task: the files of the request and of the answer, and where places
live. What is done goes to stdout, one JSON array a line: stage, steps done, steps in all.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path

# Formats that point elsewhere, at other files or at the network: nobody uploads them in
# good faith.
ELSEWHERE = "OGR_VRT,VRT,HTTP,WFS,OAPIF,WMS,WMTS,WCS,STACTA,STACIT,GTI"
POLITENESS = 5
STARTING, ENDED = "starting", "ended"


def tell(stage: str, done: int, total: int) -> None:
    """Say how far the work is."""
    sys.stdout.write(json.dumps([stage, done, total]) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Do one task after the other until nobody asks any more."""
    if hasattr(os, "nice"):
        os.nice(POLITENESS)
    # The reader of map files asks for these once, when it is first imported.
    os.environ["GDAL_SKIP"] = ELSEWHERE
    os.environ["CPL_VSIL_CURL_ALLOWED_FILENAME"] = "none"
    for line in sys.stdin:
        request, answer, home = json.loads(line)
        os.environ["YIKE_HOME"] = home
        tell(STARTING, 0, 1)
        _do(Path(request), Path(answer))
        tell(ENDED, 1, 1)


def _do(request: Path, answer: Path) -> None:
    from geo.errors import InputError  # noqa: PLC0415  (the first task brings it all in)

    with request.open("rb") as file:
        task = pickle.load(file)  # noqa: S301  (written a moment ago by our own parent)
    try:
        found = task.run(tell)
    except InputError as fault:
        found = fault
    with answer.open("wb") as file:
        pickle.dump(found, file)


if __name__ == "__main__":
    main()
