"""Tables that officers fill in with Excel: `kinds` says what each holds. Nothing here changes anything;
awards/actions/imports.py does. How tables are read and written: common/tables.
"""
