"""Running a compiled bundle on the real workerd, offline.

``WorkerdServer`` serves a bundle, ``MiniflareServer`` one that has bindings beside its Durable Object; ``dry_run`` lets
wrangler judge it. They fetch what they need through ``streamflow.host.tools``.
"""

from streamflow.host.workerd.dry_run import BundleRefused, dry_run
from streamflow.host.workerd.miniflare import MiniflareServer
from streamflow.host.workerd.serve import WorkerdFailed, WorkerdServer

__all__ = ["BundleRefused", "MiniflareServer", "WorkerdFailed", "WorkerdServer", "dry_run"]
