"""Lessons: text, practice with fresh numbers and what a learner can do, all from files.

An author names ids and mistakes; every number is computed. No keys, no streams, no files
that are written.
"""
