"""What a scenario cannot show: mistakes that change none of its numbers.

No streams.
"""
