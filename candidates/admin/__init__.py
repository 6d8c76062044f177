"""The recruiter's console: one module a page, each with its template under templates/admin/."""
