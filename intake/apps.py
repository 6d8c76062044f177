from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "intake"

    def ready(self) -> None:
        """Tell the floors below what two candidates who become one have here."""
        from candidates.profiles import companions
        from intake.following import Rounds

        companions.register(Rounds())
