"""The recruiter's console: one module a page, each with its template under templates/admin/."""

from candidates.admin import imports, jobs, people

__all__ = ["imports", "jobs", "people"]
