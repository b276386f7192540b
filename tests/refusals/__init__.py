"""Every condition under which a pass does nothing, and the case that fails when the pass goes on all the same."""
