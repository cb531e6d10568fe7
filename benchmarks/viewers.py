"""Ten viewers at once: how long each waits, what memory does, what idling costs.

Run ``python -m benchmarks.viewers``.

Every viewer is a session of its own over the dashboard's web socket, as a
browser holds one. In each round all of them move two sliders at the same
moment, to a question nobody asked before; a viewer is answered when the server
has sent the whole page. After 200 changes the caches of answers are full, so
the next 200 show whether memory still grows.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from coverage.standard import MINUTES_BOUNDS, SPEED_PERCENT_BOUNDS
from tests.browser.browsing import serving

WIDGETS = ("ask_same_minutes", "ask_minutes", "ask_speed")
IDLE_SECONDS = 20.0
LARGEST_MESSAGE = 64 * 1024 * 1024


class Viewer:
    """One session; it knows the ids of the widgets it moves."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids: dict[str, str] = {}

    async def open(self) -> float:
        """Open the first page; return the seconds until all of it is here."""
        return await self._asked(BackMsg())

    async def slide(self, minutes: int, speed: int) -> float:
        """Move both sliders; return the seconds until the page is answered."""
        message = BackMsg()
        states = message.rerun_script.widget_states.widgets
        states.add(id=self._ids["ask_same_minutes"]).bool_value = True
        for name, value in (("ask_minutes", minutes), ("ask_speed", speed)):
            states.add(id=self._ids[name]).double_array_value.data.append(value)
        return await self._asked(message)

    async def _asked(self, message: BackMsg) -> float:
        message.rerun_script.query_string = "place=wuchang"
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        while True:
            told = ForwardMsg.FromString(bytes(await self._socket.recv()))
            kind = told.WhichOneof("type")
            if kind == "delta":
                self._remember(told)
            if kind == "script_finished":
                return time.perf_counter() - began

    def _remember(self, told: ForwardMsg) -> None:
        if told.delta.WhichOneof("type") != "new_element":
            return
        element = told.delta.new_element
        kind = element.WhichOneof("type")
        known = getattr(getattr(element, kind), "id", "") if kind else ""
        for name in WIDGETS:
            if known.endswith(f"-{name}"):
                self._ids[name] = known


def memory(process: int) -> float:
    """Return the resident memory of a process in MB."""
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def processor_seconds(process: int) -> float:
    """Return the processor time a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def questions() -> Iterator[tuple[int, int]]:
    """Yield minutes and speed, no pair twice until all were asked."""
    lowest, highest = SPEED_PERCENT_BOUNDS
    speeds = range(lowest, highest + 1, 10)
    pairs = list(product(range(MINUTES_BOUNDS[0], MINUTES_BOUNDS[1] + 1), speeds))
    while True:
        yield from pairs[::7] + [pair for k, pair in enumerate(pairs) if k % 7]


async def rounds(
    viewers: list[Viewer], count: int, asked: Iterator[tuple[int, int]]
) -> list[float]:
    """Let everybody slide at once, `count` times; return all waits in seconds."""
    waits: list[float] = []
    for _ in range(count):
        waits += await asyncio.gather(*(one.slide(*next(asked)) for one in viewers))
    return waits


def said(name: str, waits: list[float]) -> str:
    """Return a line with the median, the 95th percentile and the longest wait."""
    tail = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else max(waits)
    return (
        f"{name}: median {statistics.median(waits):.2f} s, "
        f"95 % within {tail:.2f} s, longest {max(waits):.2f} s ({len(waits)} answers)"
    )


async def measure(address: str, process: int, count: int, changes: int, parts: int) -> None:
    """Print what `count` viewers wait and cost in `parts` times so many changes."""
    url = address.replace("http", "ws") + "/_stcore/stream"
    sockets = [
        await connect(url, subprotocols=["streamlit"], max_size=LARGEST_MESSAGE)
        for _ in range(count)
    ]
    try:
        viewers = [Viewer(one) for one in sockets]
        first = await viewers[0].open()
        print(f"first page of the first viewer: {first:.2f} s, server {memory(process):.0f} MB")
        others = await asyncio.gather(*(one.open() for one in viewers[1:]))
        if others:
            print(said("first page of the others, at once", list(others)))
        asked = questions()
        for part in range(1, parts + 1):
            before, used = memory(process), processor_seconds(process)
            waits = await rounds(viewers, changes // count, asked)
            print(said(f"part {part}, {changes} changes", waits))
            each = (processor_seconds(process) - used) / len(waits)
            print(f"processor time of the server an answer: {each:.3f} s")
            print(f"server memory {before:.0f} MB, afterwards {memory(process):.0f} MB")
        used = processor_seconds(process)
        await asyncio.sleep(IDLE_SECONDS)
        idle = (processor_seconds(process) - used) / IDLE_SECONDS
        print(f"{count} viewers who do nothing: {idle:.1%} of one core")
    finally:
        for one in sockets:
            await one.close()


def main() -> None:
    """Print the figures of the shipped place."""
    options = argparse.ArgumentParser()
    options.add_argument("--viewers", type=int, default=10)
    options.add_argument("--changes", type=int, default=200)
    options.add_argument("--parts", type=int, default=2)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as (address, server):
        asyncio.run(measure(address, server.pid, asked.viewers, asked.changes, asked.parts))


if __name__ == "__main__":
    main()
