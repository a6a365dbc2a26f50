"""The routes of services, and of the operators that are attached to them. Pure."""

from __future__ import annotations

from typing import get_args

from twilio_emulator.rest.errors import ApiError, invalid
from twilio_emulator.rest.intelligence.asked import Answered, Asked
from twilio_emulator.rest.intelligence.resources import service_json
from twilio_emulator.rest.intelligence.sids import derived_sid
from twilio_emulator.rest.intelligence.store import IntelligenceStore, Method, Service

FLAGS = {
    "AutoTranscribe": "auto_transcribe",
    "DataLogging": "data_logging",
    "AutoRedaction": "auto_redaction",
    "MediaRedaction": "media_redaction",
}
NOT_UNIQUE = 20409
CHANGED_MEANWHILE = 20412


class ServiceRoutes:
    """Every method answers a request or raises `ApiError`."""

    def __init__(self, store: IntelligenceStore) -> None:
        self._store = store

    def create(self, asked: Asked) -> Answered:
        account, name = asked.account.sid, asked.require("UniqueName")
        if self._store.service(account, name) is not None:
            raise ApiError(409, NOT_UNIQUE, "A Service with this UniqueName exists")
        service = Service(
            account_sid=account,
            sid=derived_sid("GA", account, name),
            unique_name=name,
            language_code=asked.form.get("LanguageCode") or "en-US",
            created_at=asked.at,
            updated_at=asked.at,
        )
        _change(service, asked)
        self._store.services[service.sid] = service
        return self._shown(service, asked, 201)

    def list(self, asked: Asked) -> Answered:
        services = self._store.services_of(asked.account.sid)
        shown = [service_json(service, asked.base) for service in services]
        return asked.page("services", list(enumerate(shown)))

    def fetch(self, asked: Asked, sid: str) -> Answered:
        return self._shown(self._service(asked, sid), asked)

    def update(self, asked: Asked, sid: str) -> Answered:
        service = self._service(asked, sid)
        if asked.etag not in ("", "*", _etag(service)):
            raise ApiError(412, CHANGED_MEANWHILE, "The Service has been changed meanwhile")
        _change(service, asked)
        service.updated_at, service.version = asked.at, service.version + 1
        return self._shown(service, asked)

    def delete(self, asked: Asked, sid: str) -> Answered:
        del self._store.services[self._service(asked, sid).sid]
        return Answered(204)

    def operators(self, asked: Asked, sid: str) -> Answered:
        """Not a list with pages: their sids alone."""
        service = self._service(asked, sid)
        url = f"{asked.base}/Services/{service.sid}/Operators"
        sids = list(service.operator_sids)
        return Answered(200, {"service_sid": service.sid, "operator_sids": sids, "url": url})

    def attach(self, asked: Asked, sid: str, operator_sid: str) -> Answered:
        service = self._service(asked, sid)
        if self._store.operator(asked.account.sid, operator_sid) is None:
            raise asked.missing()
        if operator_sid not in service.operator_sids:
            service.operator_sids.append(operator_sid)
        url = f"{asked.base}/Services/{service.sid}/Operators/{operator_sid}"
        shown = {"service_sid": service.sid, "operator_sid": operator_sid, "url": url}
        return Answered(201, {**shown})

    def detach(self, asked: Asked, sid: str, operator_sid: str) -> Answered:
        service = self._service(asked, sid)
        if operator_sid not in service.operator_sids:
            raise asked.missing()
        service.operator_sids.remove(operator_sid)
        return Answered(204)

    def _service(self, asked: Asked, sid: str) -> Service:
        service = self._store.service(asked.account.sid, sid)
        if service is None:
            raise asked.missing()
        return service

    def _shown(self, service: Service, asked: Asked, status: int = 200) -> Answered:
        return Answered(status, service_json(service, asked.base), {"ETag": _etag(service)})


def _etag(service: Service) -> str:
    return f'"{service.version}"'


def _change(service: Service, asked: Asked) -> None:
    """Whatever the form names, language aside, which stays."""
    form = asked.form
    for name, attribute in FLAGS.items():
        if name in form:
            setattr(service, attribute, form[name].lower() == "true")
    service.unique_name = form.get("UniqueName") or service.unique_name
    service.friendly_name = form.get("FriendlyName", service.friendly_name)
    service.webhook_url = form.get("WebhookUrl", service.webhook_url)
    service.webhook_method = _method(form.get("WebhookHttpMethod") or service.webhook_method)
    if service.media_redaction and not service.auto_redaction:
        raise invalid(20001, "MediaRedaction needs AutoRedaction")


def _method(value: str) -> Method:
    known: tuple[Method, ...] = get_args(Method)
    found = [each for each in known if each == value.upper()]
    if not found:
        raise invalid(20001, "WebhookHttpMethod must be GET, POST or NULL")
    return found[0]
