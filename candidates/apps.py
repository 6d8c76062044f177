from django.apps import AppConfig
from django.core import checks


class CandidatesConfig(AppConfig):
    name = "candidates"

    def ready(self) -> None:
        from candidates.checks import published_resume  # models are there only now

        checks.register(published_resume)
