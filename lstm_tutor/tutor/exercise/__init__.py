"""The quiz: questions, answers, hints, results and progress, all as data."""
