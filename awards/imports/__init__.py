"""Tables that officers fill in with Excel: how they look, how they are read, and what is wrong with them.

`kinds` says what each table holds, `reading` turns stored bytes into values and faults by row, `writing` makes
templates and copies with the faults marked. Nothing here changes anything; awards/actions/imports.py does.
"""
