"""One mail server: hands over one mail and says what became of it."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sinks.delivery.base import DeliveryError, NotTaken, SecretReader, Unclear
from sinks.delivery.mail_message import usable_address


class SmtpOptions(BaseModel):
    """`[delivery.NAME.options]` of adapter "smtp"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    """"none" only to this machine."""
    sender: str
    """Our address. The reply comes from it and an answer goes to it."""
    sender_name: str = ""
    user: str = ""
    """"" where the server asks for no login."""
    password: str = ""
    """Name of the secret, not the password."""
    footer: str = ""
    timeout_seconds: Annotated[int, Field(ge=1, le=120)] = 30
    ca_file: str = ""

    @model_validator(mode="after")
    def _sound(self) -> SmtpOptions:
        if not usable_address(self.sender):
            raise ValueError(f"sender 应为完整的邮箱地址，实际是 {self.sender!r}")
        if bool(self.user) != bool(self.password):
            raise ValueError("user 和 password（密钥名）应同时填写或同时留空")
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(
                f'security = "none" 只允许连接本机，{self.host} 请用 "tls" 或 "starttls"'
            )
        return self


class Taken(Struct, frozen=True):
    """The server took the mail."""

    said: str
    left_out: tuple[str, ...] = ()
    """Recipients that it refused, where it took others."""


class MailServer:
    """Each mail has a connection of its own."""

    def __init__(self, options: SmtpOptions, secrets: SecretReader) -> None:
        """Raises `DeliveryError` when the certificate file can't be used, and what
        `secrets` raises when the password is missing: at start, not at the first mail."""
        self._options = options
        self._password = secrets.require(options.password) if options.password else ""
        try:
            self._context = ssl.create_default_context(cafile=options.ca_file or None)
        except OSError as error:
            raise DeliveryError(
                f"证书文件 {options.ca_file} 不能用：{error.strerror or error}。"
            ) from None

    def send(self, message: bytes, recipients: Sequence[str]) -> Taken | NotTaken | Unclear:
        """`message`: the whole mail with CRLF line ends, in which no line begins with a dot.
        It goes to every recipient that the server accepts; if it accepts none, to nobody."""
        client: smtplib.SMTP | None = None
        try:
            client = self._connect()
            left_out = self._announce(client, recipients)
        except (OSError, smtplib.SMTPException) as error:
            _close(client)
            return _refused(error)
        try:
            return _transmit(client, message, left_out)
        finally:
            _close(client)

    def _connect(self) -> smtplib.SMTP:
        options = self._options
        client: smtplib.SMTP
        if options.security == "tls":
            client = smtplib.SMTP_SSL(
                options.host, options.port, timeout=options.timeout_seconds, context=self._context
            )
        else:
            client = smtplib.SMTP(options.host, options.port, timeout=options.timeout_seconds)
        try:
            if options.security == "starttls":
                client.starttls(context=self._context)
            client.ehlo_or_helo_if_needed()
            if options.user:
                client.login(options.user, self._password)
        except BaseException:
            _close(client)
            raise
        return client

    def _announce(self, client: smtplib.SMTP, recipients: Sequence[str]) -> tuple[str, ...]:
        """MAIL, RCPT and DATA, up to the server's consent to receive; gives the recipients
        that it refused. Nothing is sent yet."""
        code, said = client.mail(self._options.sender)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, said, self._options.sender)
        refused: list[str] = []
        for recipient in recipients:
            code, said = client.rcpt(recipient)
            if code not in (250, 251):
                refused.append(recipient)
        if len(refused) == len(recipients):
            raise smtplib.SMTPResponseException(code, said)
        code, said = client.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, said)
        return tuple(refused)


def _transmit(
    client: smtplib.SMTP, message: bytes, left_out: tuple[str, ...]
) -> Taken | NotTaken | Unclear:
    """From the first byte on only the server's own word says whether it took the mail."""
    try:
        client.send(message + b".\r\n")
        code, said = client.getreply()
    except (OSError, smtplib.SMTPException):
        client.close()  # without a farewell that could be taken for text of the mail
        return Unclear(
            detail="邮件已交出，但邮件服务器没有确认就断开。请到发件箱或邮件网关日志核实是否发出"
        )
    if code == 250:
        return Taken(_said(said), left_out)
    if 400 <= code < 600:
        return _refused(smtplib.SMTPDataError(code, said))
    return Unclear(detail=f"邮件服务器的回答无法理解（{code}），请核实是否发出")


def _refused(error: Exception) -> NotTaken:
    """Before the message was taken: certainly not delivered."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return NotTaken(
            reason="login",
            detail=f"邮件服务器拒绝登录（{error.smtp_code}）。请核对用户名和授权码",
            retry=True,
        )
    if isinstance(error, smtplib.SMTPResponseException):
        passing = 400 <= error.smtp_code < 500
        return NotTaken(
            reason="rejected",
            detail=f"邮件服务器拒收（{error.smtp_code}）：{_said(error.smtp_error)}",
            retry=passing,
        )
    if isinstance(error, TimeoutError):
        return NotTaken(reason="unreachable", detail="邮件服务器没有回应，邮件未发出", retry=True)
    if isinstance(error, ssl.SSLError):
        detail = f"与邮件服务器的加密连接失败：{error.reason}，邮件未发出"
        return NotTaken(reason="tls", detail=detail, retry=True)
    if isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException):
        return NotTaken(
            reason="unreachable", detail=f"连不上邮件服务器：{error.strerror or error}", retry=True
        )
    return NotTaken(
        reason="unreachable",
        detail="邮件服务器在接收邮件之前断开，或不支持所需的功能，邮件未发出",
        retry=True,
    )


def _said(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:200]


def _close(client: smtplib.SMTP | None) -> None:
    """The outcome stands; a farewell that fails changes nothing."""
    if client is not None:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
        with suppress(OSError):
            client.close()
