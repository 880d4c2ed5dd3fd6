"""Definitions as structured forms, and back: values in, values out, no framework.

`tree` draws a definition, valid or not, as nodes that a form shows; `read` makes the definition of what was posted;
`operations` adds, removes and moves parts; `places` leads a lint's path to its field; `say` puts it in sentences.
Everything is walked from the schema (:mod:`policies.rules.schema`): a new kind of block needs its words in `labels`.
"""
