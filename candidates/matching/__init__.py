"""Deterministic matching of people against what a job asks for: no model, no database, no clock of its own.

words         text → tokens with offsets, word forms
dates         date ranges and durations in prose
lexicon       skills with aliases, what implies what, what is close to what
titles        seniority and function families
education     degrees, levels, subjects
certificates  certificates and licences
resume        one candidate's texts, sections and positions
description   a job description → criteria
parts         a job description in lines: required, preferred, duties, about, boilerplate
sections      a resume in lines and sections
asking        one line of a description → what it asks for
occurrences   the terms of a rubric found in a resume
worth         what a mention counts for
answering     how each kind of criterion is answered
matchers      one compiled matcher per criterion; the entry for scoring
"""
