"""Pure code that proves the corpus: normalised text, number literals, brackets of units.

Nothing here imports Django; `manage.py check_corpus` and the tests call it.
"""
