from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    name = "interviews"

    def ready(self) -> None:
        """Tell the floor below what goes along when two candidates become one."""
        from candidates.profiles import companions
        from interviews.following import Interviews

        companions.register(Interviews())
