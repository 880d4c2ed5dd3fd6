"""Rows of the table of addresses, by room; objects that a row needs are made when it is asked for."""
