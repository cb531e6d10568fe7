"""The process that reads a planner's files: ``python -m geo.desk_child REQUEST ANSWER``.

Reading a large file keeps a processor busy for seconds, and a hostile one may take
all the memory there is. Here it does neither to the people who look at a map
meanwhile, and stopping it is one call. Started by `geo.desk_work`; what is done
goes to stdout as one JSON array a line: stage, steps done, steps in all.
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


def tell(stage: str, done: int, total: int) -> None:
    """Say how far the work is."""
    sys.stdout.write(json.dumps([stage, done, total]) + "\n")
    sys.stdout.flush()


def main(request: Path, answer: Path) -> None:
    """Do the work of `request` and leave what came of it in `answer`."""
    if hasattr(os, "nice"):
        os.nice(POLITENESS)
    # The reader of map files asks for these once, when it is first imported.
    os.environ["GDAL_SKIP"] = ELSEWHERE
    os.environ["CPL_VSIL_CURL_ALLOWED_FILENAME"] = "none"
    tell("starting", 0, 1)
    from geo.errors import InputError  # noqa: PLC0415

    with request.open("rb") as file:
        work = pickle.load(file)  # noqa: S301  (written a moment ago by our own parent)
    try:
        found = work.run(tell)
    except InputError as fault:
        found = fault
    with answer.open("wb") as file:
        pickle.dump(found, file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
