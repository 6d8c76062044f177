"""What can go wrong with accounts, for the person who reads it. None of it tells whether an account exists."""

from __future__ import annotations

from llm.errors import GreenroomError


class NotSignedIn(GreenroomError):
    """No sign-in, or one that is over."""

    code = "not_authenticated"
    status = 401


class InvalidToken(GreenroomError):
    """This token opens nothing (any more), for whatever reason."""

    code = "invalid_token"
    status = 401

    def __init__(self, *, is_forged: bool = False) -> None:
        """`is_forged`: it never was one of ours, which counts as a guess; who comes too late makes no guess."""
        super().__init__("This token is not valid (any more). Sign in again.")
        self.is_forged = is_forged


class WrongCredentials(GreenroomError):
    """No account has this address and this password and may sign in. Which of it is wrong, nobody learns."""

    code = "wrong_credentials"
    status = 401

    def __init__(self) -> None:
        super().__init__("This e-mail address and password don't belong together, or the address is not confirmed yet.")


class LockedOut(GreenroomError):
    """Too many wrong passwords, for this address from this place, or from this place in all."""

    code = "throttled"
    status = 429


class WrongPassword(GreenroomError):
    """Somebody who is signed in gave another password than theirs."""

    code = "wrong_password"
    status = 422


class WrongCode(GreenroomError):
    """The second step of signing in was not passed: no code, or not a right one."""

    code = "second_step"
    status = 401

    def __init__(self, *, was_given: bool) -> None:
        told = "Enter the code that your app shows now, or a recovery code."
        if was_given:
            told = "This code is not right, was used before, or came too soon after wrong ones."
        super().__init__(told, fields={"code": [told]})


class Invalid(GreenroomError):
    """Some values are not as they must be; `fields` says which and why."""

    code = "invalid"
    status = 400

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("Some values are not valid.", fields=fields)


class SignInNotFound(GreenroomError):
    """There is no such sign-in, or it is somebody else's: nobody learns which."""

    code = "not_found"
    status = 404


class LastAdministrator(GreenroomError):
    """The only administrator can't go."""

    code = "last_administrator"
    status = 409


class MailNotConfigured(GreenroomError):
    """Mails with links can't be written without knowing where people reach Greenroom."""

    code = "mail_not_configured"
    status = 503
