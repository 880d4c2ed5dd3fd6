"""Tables that people fill in with Excel: how a template looks, how a sheet is read, and what is wrong with it by row.

`reading` turns checked bytes into values and faults, `writing` makes templates and copies with the faults marked. What
a table is about, and what taking it over does, is known where it is used (awards/imports, accounts/people_sheet.py).
"""
