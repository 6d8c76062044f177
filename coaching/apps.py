from django.apps import AppConfig


class CoachingConfig(AppConfig):
    name = "coaching"

    def ready(self) -> None:
        from accounts import deletion
        from coaching import leaving  # models are there only now

        deletion.ALSO_ERASE.append(leaving.erase_rooms)
