"""Interviews in the recruiter's console: one module a page, templates under templates/admin/interviews/."""

from interviews.admin import console, plan_editor

__all__ = ["console", "plan_editor"]
