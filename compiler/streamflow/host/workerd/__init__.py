"""Running a compiled bundle on the real workerd, offline.

``WorkerdServer`` serves a bundle, ``dry_run`` lets wrangler judge it. Both fetch what they need through
``streamflow.host.tools``.
"""

from streamflow.host.workerd.dry_run import BundleRefused, dry_run
from streamflow.host.workerd.serve import WorkerdFailed, WorkerdServer

__all__ = ["BundleRefused", "WorkerdFailed", "WorkerdServer", "dry_run"]
