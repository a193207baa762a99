"""From numbers to what is to be said of each of them.

No file is read, and no stream written.
"""
