"""Intake in the recruiter's console: one module a page, templates under templates/admin/intake/."""

from intake.admin import console

__all__ = ["console"]
