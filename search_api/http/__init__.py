"""The HTTP service: routes, bodies, views, errors."""
