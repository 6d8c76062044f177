"""Deterministic matching of people against what a job asks for: no model, no database, no clock of its own.

words         text → tokens with offsets, word forms
dates         date ranges and durations in prose
lexicon       skills with aliases, what implies what, what is close to what
titles        seniority and function families
education     degrees, levels, subjects
certificates  certificates and licences
resume        one candidate's texts, sections and positions
description   a job description → criteria
matchers      one compiled matcher per criterion; the entry for scoring
"""
