"""From the IR to files: the kernel, the service description, the bundle."""
