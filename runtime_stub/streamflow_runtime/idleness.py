"""Sources with an `idle_timeout`: silent for so long, they are left out of the watermarks of the nodes behind them.

Where all that reach a node are idle, its watermark rises with the clock. It never goes back when one of them speaks.
"""

from __future__ import annotations

from math import inf
from typing import Any

from streamflow_runtime import kernel
from streamflow_runtime.stage import Source, Stage
from streamflow_runtime.state_checks import StateMismatch, check_clocks


class Kernel(kernel.Kernel):
    """The base of kernels whose sources may be idle."""

    def __init__(self, secrets: Any = None) -> None:
        self.idleness = Idleness()
        super().__init__(secrets)

    def finish(self) -> None:
        """The end of input: nobody is waited for, and nobody is left out."""
        if not any(stage.waiting for stage in self.stages):
            self.settle()
            self.idleness.end()
        super().finish()

    def _see(self, clock: int) -> None:
        super()._see(clock)
        self.idleness.pass_to(clock)

    def _next_moment(self) -> float:
        """Also when a source falls silent, and when a window ends by what rises."""
        idleness = self.idleness
        moments = [super()._next_moment()]
        moments += [silence.heard + silence.timeout for silence in idleness.silences.values() if silence.is_awake]
        for stage in self.stages:
            if idleness.passed is not None and idleness.has(stage):
                rising = max(stage.watermark, min(map(_unheld, stage.upstream)))
                if rising > -inf:
                    moments.append(idleness.passed + stage.next_moment(rising) - rising)
        return min(moments)

    def _header_parts(self) -> dict[str, Any]:
        return {**super()._header_parts(), "idle": self.idleness.clocks()}

    def _take_over(self, header: dict[str, Any]) -> None:
        super()._take_over(header)
        self.idleness.take_over(header.get("idle"), self.clock)


class Idleness:
    """Who is idle as of the moment `passed`. A graph's silences and inlets are in here by name, upstream first."""

    def __init__(self) -> None:
        self.silences: dict[str, Silence] = {}
        self.inlets: dict[str, Inlet] = {}
        self.idle: set[Source] = set()
        self.passed: int | None = None

    def has(self, one: Any) -> bool:
        """Whether all sources behind a source, node or inlet are idle."""
        return self.idle.issuperset(one.delays)

    def pass_to(self, clock: int) -> None:
        """Time has passed: what is idle has risen; whoever was silent for long enough is idle from now on."""
        if self.passed is None:  # the first moment counts as if all had spoken
            self.passed = clock
            for silence in self.silences.values():
                silence.heard = clock
        passed, self.passed = clock - self.passed, clock
        for silence in self.silences.values():
            silence.let_pass(passed)
        for inlet in self.inlets.values():
            inlet.let_pass(passed)

    def end(self) -> None:
        """Nobody is idle any more."""
        self.idle.clear()
        for inlet in self.inlets.values():
            inlet.rising = False

    def clocks(self) -> dict[str, Any]:
        """What is state about it."""
        silences = {name: silence.clocks() for name, silence in self.silences.items()}
        return {"sources": silences, "nodes": {name: inlet.clocks() for name, inlet in self.inlets.items()}}

    def take_over(self, saved: Any, clock: int | None) -> None:
        """Go on from what `clocks` gave; from None where no source had a timeout then."""
        saved = saved or {"sources": {}, "nodes": {}}
        if not isinstance(saved, dict) or not all(isinstance(saved.get(part), dict) for part in ("sources", "nodes")):
            raise StateMismatch(f"damaged: `idle` is {saved!r}")
        self.passed = clock
        if clock is not None:
            for name, silence in self.silences.items():
                silence.take_over(saved["sources"].get(name, [clock, -inf]))
            for name, inlet in self.inlets.items():
                inlet.take_over(saved["nodes"].get(name, [-inf, -inf]))


class Silence:
    """Stands for a source among what leads to a node. `risen`: how far it has come by the clock; `timeout` in ms."""

    lag = 0

    def __init__(self, kernel: Kernel, source: Source, timeout: int) -> None:
        self.kernel, self.source, self.timeout = kernel, source, timeout
        self.delays = {source: 0}
        self.heard = 0
        self.risen: float = -inf
        kernel.idleness.silences[source.name] = self

    @property
    def watermark(self) -> float:
        """Its source's, or what has risen since."""
        return max(self.source.watermark, self.risen)

    potential = watermark

    def held(self, watermark: float) -> float:
        """The watermark that leaves it."""
        return watermark

    @property
    def is_awake(self) -> bool:
        """Whether it may fall silent."""
        idleness = self.kernel.idleness
        return idleness.passed is not None and self.source not in idleness.idle and self.source.high < inf

    def hear(self, timestamp: float = -inf) -> None:
        """The source speaks, of that time, for the first time at this moment of the clock."""
        kernel, source = self.kernel, self.source
        assert kernel.clock is not None
        self.heard = kernel.clock
        if source in kernel.idleness.idle:
            kernel.settle()  # what has risen by now stays
            kernel.idleness.idle.discard(source)
            for inlet in kernel.idleness.inlets.values():
                if source in inlet.delays:
                    inlet.rising = False
            source.high = max(source.high, timestamp)
            kernel.fire()

    def let_pass(self, passed: int) -> None:
        """Time has passed: it has risen, or falls silent now."""
        if self.source in self.kernel.idleness.idle:
            self.risen += passed
        elif self._is_over:
            self.kernel.idleness.idle.add(self.source)
            self.risen = self.watermark

    def clocks(self) -> list[Any]:
        """What is state about it."""
        return [self.heard, self.risen]

    def take_over(self, clocks: list[Any]) -> None:
        """Go on from what `clocks` gave."""
        check_clocks(self.source.name, clocks, self.clocks())
        self.heard, self.risen = clocks
        if self._is_over:
            self.kernel.idleness.idle.add(self.source)

    @property
    def _is_over(self) -> bool:
        return self.is_awake and (self.kernel.idleness.passed or 0) >= self.heard + self.timeout


class Inlet:
    """Stands for all that leads to a node. `high` is the watermark so far, `risen` what rises while all are idle."""

    lag = 0

    def __init__(self, kernel: Kernel, name: str, *upstream: Any) -> None:
        self.kernel, self.upstream = kernel, upstream
        self.delays: dict[Source, int] = {}
        for one in upstream:
            for root, delay in one.delays.items():
                self.delays[root] = max(self.delays.get(root, 0), delay + one.lag)
        self.high: float = -inf
        self.risen: float = -inf
        self.rising = False
        kernel.idleness.inlets[name] = self

    @property
    def watermark(self) -> float:
        """The least of what is not idle."""
        self.high = max(self.high, self._least("watermark"))
        return self.high

    @property
    def potential(self) -> float:
        """The same once everything due has fired."""
        return max(self.high, self._least("potential"))

    def held(self, watermark: float) -> float:
        """The watermark that leaves it."""
        return watermark

    def let_pass(self, passed: int) -> None:
        """Time has passed: it has risen, or all have fallen silent now."""
        if self.rising:
            self.risen += passed
        elif self.kernel.idleness.has(self):
            self.rising = True
            known = [risen for one in self.upstream if (risen := _unheld(one)) > -inf]
            self.risen = max(self.high, min(known, default=-inf))

    def clocks(self) -> list[Any]:
        """What is state about it."""
        return [self.high, self.risen]

    def take_over(self, clocks: list[Any]) -> None:
        """Go on from what `clocks` gave."""
        check_clocks("idle", clocks, self.clocks())
        self.high, self.risen = clocks
        self.rising = self.kernel.idleness.has(self)

    def _least(self, of: str) -> float:
        idle = [one for one in self.upstream if self.kernel.idleness.has(one)]
        found = [one.held(getattr(one, of)) for one in self.upstream if one not in idle]
        holds = [_hold(one, of) for one in idle]
        return float(min([*(found or [self.risen]), *holds]))


def _unheld(one: Any) -> float:
    """The watermark that would leave it if no packet waited there, or before it."""
    if isinstance(one, Inlet):
        return one.risen if one.rising else one.high
    if isinstance(one, Stage):
        return max(one.watermark, min(map(_unheld, one.upstream))) - one.lag
    return float(one.watermark)


def _hold(one: Any, of: str) -> float:
    """How far the watermark that leaves an idle node may be: packets that wait there, or before it, hold it."""
    if isinstance(one, Inlet):
        return min(_hold(each, of) for each in one.upstream)
    if isinstance(one, Stage):
        own: float = getattr(one, of)
        return one.held(max(own, min(_hold(each, of) for each in one.upstream)))
    return inf
