"""How effects are made: to files, to a web address, by mail, or not at all.

`making.py` takes what is due and makes it, once for each key as far as the other side lets that be:
a key travels with what is sent, and whoever receives it twice can tell.
"""
