"""Errors in the form Stripe gives them: a status and a JSON body that names type, code and parameter."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is not 200. `message` is one sentence that can be shown to a developer.

    `is_from_work` says that it came from the work itself, not from what is checked before: such an answer is kept under
    an idempotency key.
    """

    is_from_work = False

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.extra = extra or {}
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.kind, **self.extra}
        if self.code:
            error["code"] = self.code
        if self.param:
            error["param"] = self.param
        return {"error": error}


def missing_object(kind: str, object_id: str, *, param: str = "id", status: int = 404) -> ApiError:
    """404 when the path names the object, 400 when a parameter does."""
    noun = {"checkout.session": "checkout.session", "payment_method": "PaymentMethod"}.get(kind, kind)
    return ApiError(f"No such {noun}: '{object_id}'", status=status, code="resource_missing", param=param)


def missing_param(name: str) -> ApiError:
    return ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def unknown_params(names: list[str]) -> ApiError:
    noun = "parameter" if len(names) == 1 else "parameters"
    return ApiError(f"Received unknown {noun}: {', '.join(names)}", code="parameter_unknown", param=names[0])


def unsupported_param(name: str) -> ApiError:
    """Ours, not Stripe's: better a clear refusal than a setting that is silently ignored."""
    return ApiError(f"Stripe knows {name}, this sandbox does not; leave it out here.", param=name)


def card_error(message: str, *, code: str, decline_code: str | None, charge: str | None) -> ApiError:
    extra = {key: value for key, value in (("decline_code", decline_code), ("charge", charge)) if value}
    return ApiError(message, status=402, kind="card_error", code=code, extra=extra)


def rate_limited() -> ApiError:
    """Stripe names the limiter in a header; its type is that of a bad request, its code says what it is."""
    return ApiError(
        "Request rate limit exceeded. Learn more about rate limits here https://docs.stripe.com/rate-limits.",
        status=429,
        code="rate_limit",
        headers={"Stripe-Rate-Limited-Reason": "global-rate"},
    )
