"""Diagnostics of nodes that installed packages bring."""

from __future__ import annotations

from streamflow.diagnostic_codes.explanation import Explanation

PLUGINS: dict[str, Explanation] = {
    "SF040": Explanation(
        "a plugin can't be used",
        "The package that brings this node can't be imported, is made for another version of the plugin interface, or "
        "declares something that can't be. The message names the package; `streamflow nodes` shows all of them. Other "
        "plugins, and Streamflow's own nodes, are not concerned.",
        "$ pip install streamflow-alarms==0.1 && streamflow check ovens.py",
        "$ pip install --upgrade streamflow-alarms && streamflow check ovens.py",
    ),
    "SF041": Explanation(
        "two plugins bring a node of the same name",
        "Which of them is meant would depend on the order in which they were installed.",
        "$ pip install streamflow-alarms other-alarms && streamflow check ovens.py",
        "$ pip uninstall other-alarms && streamflow check ovens.py",
    ),
    "SF042": Explanation(
        "the runtime of a plugin can't go into a bundle",
        "A bundle carries the file of a plugin's runtime and what that imports of its own package. Beside those there "
        "is the standard library and `streamflow_runtime`.",
        "$ echo 'import numpy' >> streamflow_alarms_runtime/hysteresis.py && streamflow check ovens.py",
        "$ echo 'import math' >> streamflow_alarms_runtime/hysteresis.py && streamflow check ovens.py",
    ),
}
