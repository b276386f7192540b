"""Whole-file skeletons (jinja2) of a bundle: Worker, Durable Object, wrangler.jsonc and the rest."""
