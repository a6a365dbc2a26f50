"""Twilio's refusals: an HTTP status and the JSON body that its SDK raises from. Pure."""

from __future__ import annotations


class ApiError(Exception):
    """A request that Twilio answers with an error."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def body(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def invalid(code: int, message: str) -> ApiError:
    """A parameter that Twilio does not accept."""
    return ApiError(400, code, message)


def not_found(path: str) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {path} was not found")


def unauthorized() -> ApiError:
    return ApiError(401, 20003, "Authenticate")


def suspended() -> ApiError:
    return ApiError(403, 20005, "Account is not active")


def too_many_requests() -> ApiError:
    return ApiError(429, 20429, "Too Many Requests")


def queue_full() -> ApiError:
    return invalid(22005, "The queue of calls to be placed holds more than 24 hours of work")


def internal() -> ApiError:
    return ApiError(500, 20500, "An internal server error has occurred")


def not_in_progress() -> ApiError:
    return invalid(21220, "Call is not in-progress. Cannot redirect.")


def not_complete() -> ApiError:
    return ApiError(409, 20009, "Cannot delete this resource before it is complete")
