"""What a question and a document must agree on: types, settings, models, index, search.

Importing this package has no effect and loads no model; take names from its modules.
"""
