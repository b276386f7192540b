"""Windows without keys, whose figures a loop over a batch has in local variables."""

from __future__ import annotations

from typing import Any

from streamflow_runtime.kept import Kept
from streamflow_runtime.windows import Windows


class LocalFigures(Windows):
    """`near` is what the window holds that was looked at last; it is the window's when it is put there."""

    near: Any = None
    coming = 0  # packets from the loop, since somebody asked

    def values(self, kept: Kept | None) -> tuple[Any, ...]:
        """The count and the figures of a window; of a new one where there is none yet."""
        self.near = self.contents.fresh() if kept is None else kept.packets  # type: ignore[union-attr]
        near = self.near
        figures = [getattr(near, figure) for figure in near.figures]
        if near.parted:
            figures = [
                figure.parts() if name in near.parted else figure
                for name, figure in zip(near.figures, figures, strict=True)
            ]
        return near.count, *figures

    def came_in(self) -> int:
        """How many packets have come from the loop since the last time, those that were late among them."""
        came, self.coming = self.coming, 0
        return came

    def update(self, kept: Kept, count: int, figures: tuple[Any, ...]) -> None:
        """Put back what has become of them."""
        kept.packets = near = self.near
        self.coming += count - near.count
        near.count = count
        for figure, value in zip(near.figures, figures, strict=True):
            if figure in near.parted:
                getattr(near, figure).settle(*value)
            else:
                setattr(near, figure, value)
        self.touch(kept)
