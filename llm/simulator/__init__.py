"""A model that is none: an OpenAI-compatible server whose answers are made by rules from the text it is given.

It serves the demo, tests and benchmarks. It enforces limits like a provider, fails and lies on demand, and keeps a
ledger of its own, against which tests hold ours.
"""
