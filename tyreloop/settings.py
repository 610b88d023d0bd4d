"""Every setting of the product: typed, read once, handed down. The only module that reads the environment."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tyreloop.domain.errors import NotConfigured

MARKER = "TYRELOOP_STACK"  # in the environment of each program of a local stack; its value is the data folder
STACK_ENV = "stack.env"  # written by the local stack in its data folder while it runs
CHECKOUT = Path(__file__).parents[1]
Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    """What can be set from outside; each field says in one sentence what it is for."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    streamlit_port: Port = Field(8501, description="Port of the pages.")
    flask_host: str = Field("127.0.0.1", description="Address on which the inference service listens.")
    flask_port: Port = Field(5002, description="Port of the inference service.")
    postgres_host: str = Field("127.0.0.1", description="Host of the database.")
    postgres_port: Port = Field(5432, description="Port of the database.")
    postgres_db: str = Field("tyreloop", description="Name of the database.")
    postgres_user: str = Field(
        "tyreloop", description="Login in the database; whoever migrates becomes the owner of its tables."
    )
    postgres_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    mlflow_port: Port = Field(5000, description="Port of the model registry.")
    grafana_port: Port = Field(3000, description="Port of Grafana.")
    mlflow_tracking_uri: str = Field("http://127.0.0.1:5000", description="Where the model registry answers.")
    mlflow_tracking_username: str = Field("", description="Name with which the services enter the registry.")
    mlflow_tracking_password: SecretStr = Field(
        SecretStr(""), description="Password of that name; empty: the registry asks for none."
    )
    mlflow_url: str = Field(
        "", description="Where people reach the registry's pages; empty: no links, but on this machine."
    )
    mlflow_db: str = Field("mlflow", description="Database of the model registry, for backups.")
    mlflow_artifacts_destination: str = Field(
        "", description="Where the registry keeps its files, for backups; empty: the data folder."
    )
    model_name: str = Field("tyre-defect", description="Name of the registered model.")
    model_version: int | None = Field(
        None, ge=1, description="Serve exactly this version; empty: the one in Production."
    )
    allow_pickled_models: bool = Field(
        False, description="Turn PyTorch models into bundles even where they cannot be shut in (no Linux)."
    )
    serve_unsigned_models: bool = Field(
        False, description="Serve whatever the registry names, signed or not: for a scientist alone."
    )
    release_signing_key: SecretStr = Field(
        SecretStr(""),
        description="Signs releases, at least 32 random characters; empty: DATA_DIR/secrets/release_key.",
    )
    release_verify_key: str = Field(
        "", description="Its public half, for the service (`tyreloop models key`); empty: made from the key."
    )
    model_poll_seconds: float = Field(
        10.0, gt=0, description="How often the service looks for a new version."
    )
    allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Host names under which service and pages answer, with commas between.",
    )
    proxy_trusted: str = Field(
        "",
        description="Names or networks of proxies in front, whose X-Forwarded headers count; empty: none.",
    )
    public_host: str = Field(
        "", description="Name by which the internet finds this stack; empty: none, and no edge runs."
    )
    edge_address: str = Field(
        "",
        description="Where the edge answers, HOST:PORT, to see its certificate; empty: that name's 443.",
    )
    prometheus_url: str = Field(
        "", description="Where Prometheus answers, for what the machines say; empty: nobody asks."
    )
    metrics_from: str = Field(
        "127.0.0.0/8,::1",
        description="Networks that may read the figures of service and pages, with commas between.",
    )
    api_url: str = Field("http://127.0.0.1:5002", description="Where the pages reach the inference service.")
    photo_store_url: str = Field(
        "", description="Where photos are kept: file:///folder or s3://bucket/prefix; empty: the data folder."
    )
    photo_max_megabytes: float = Field(20.0, gt=0, description="Largest photo file that is taken.")
    photo_day_megabytes: float = Field(
        2000.0,
        ge=0,
        description="Megabytes of one visitor's photos kept a day (20 times of an address); 0: all.",
    )
    slack_webhook_url: SecretStr = Field(SecretStr(""), description="Slack webhook for alerts; empty: none.")
    discord_webhook_url: SecretStr = Field(
        SecretStr(""), description="Discord webhook for alerts; empty: none."
    )
    alert_language: str = Field("en", pattern="^(en|ko)$", description="Language of alerts: en or ko.")
    alert_judge: str = Field(
        "job", pattern="^(job|grafana)$", description="Who judges the alert rules: job or grafana."
    )
    alert_token: SecretStr = Field(
        SecretStr(""),
        description="Shared with Grafana: proves that an alert comes from it; empty: none is taken.",
    )
    grafana_url: str = Field(
        "", description="Where people reach Grafana; empty: alerts link to the Insights page."
    )
    runbook_url: str = Field("", description="Where people read the runbook; empty: the page of that name.")
    alert_dislike_ratio: float = Field(
        0.35, ge=0, le=1, description="Alert above this share of dislikes in an hour."
    )
    alert_dislike_recover: float = Field(0.30, ge=0, le=1, description="That alert ends below this share.")
    alert_dislike_votes: int = Field(30, ge=1, description="Fewer votes in an hour never alert.")
    alert_slow_burn_ratio: float = Field(
        0.30, ge=0, le=1, description="Alert when the share of dislikes of a day is surely above this."
    )
    alert_slow_burn_votes: int = Field(20, ge=1, description="Fewer votes in a day never alert.")
    alert_new_version_gap: float = Field(
        0.10,
        ge=0,
        le=1,
        description="Alert when a new version has this much more dislikes than the one before.",
    )
    alert_new_version_votes: int = Field(50, ge=1, description="Votes that both versions need for that.")
    alert_traffic_share: float = Field(
        0.3, ge=0, le=1, description="Alert below this share of the photos of the same hour last week."
    )
    alert_traffic_predictions: int = Field(
        20, ge=1, description="Photos that last week's hour needs for that."
    )
    alert_silent_minutes: int = Field(180, ge=1, description="Alert when nobody voted for so long.")
    alert_slow_answer_ms: int = Field(500, ge=1, description="Alert when one answer in twenty takes longer.")
    alert_error_ratio: float = Field(
        0.05, ge=0, le=1, description="Alert above this share of failed requests."
    )
    alert_requests: int = Field(20, ge=1, description="Fewer answers in a quarter of an hour never alert.")
    alert_unsure_ratio: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Alert when a version is unsure about more than this share of a day's photos.",
    )
    alert_unsure_predictions: int = Field(50, ge=1, description="Photos that a version needs for that.")
    alert_drift_psi: float = Field(
        0.2, ge=0, description="Alert when the mix of answers moved further than this."
    )
    alert_drift_predictions: int = Field(200, ge=1, description="Photos that both spans need for that.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs the visitor's cookie; at least 32 random characters."
    )
    visitors_must_sign_in: bool = Field(
        False, description="Whether photos are judged only for people who signed in and for keys."
    )
    pages_url: str = Field("", description="Where people reach the pages; empty: on this machine.")
    oidc_metadata_url: str = Field(
        "",
        description="The staff's OpenID Connect: the issuer's .well-known/openid-configuration; empty: none.",
    )
    oidc_client_id: str = Field("", description="What the issuer calls these pages.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="The secret it gave to them.")
    oidc_scope: str = Field("openid email profile", description="What the issuer is asked to tell.")
    oidc_roles_claim: str = Field("groups", description="Where it names what a person belongs to.")
    oidc_roles: str = Field("", description="What of that is which role here: ml-team=scientist, ops=admin.")
    rate_limit_per_minute: int = Field(
        3000, ge=0, description="Most requests of one visitor, key or address a minute; 0: no limit."
    )
    broker_url: SecretStr = Field(
        SecretStr(""),
        description="Broker of the queue: amqp://user:password@host; empty: the database itself.",
    )
    tz: str = Field("Asia/Seoul", description="Time zone of charts and of the database.")
    data_dir: Path = Field(Path("data"), description="Folder for everything that is kept on this machine.")
    outbox_max_megabytes: float = Field(
        256.0, gt=0, description="Largest outbox of one process; beyond it, writes are refused for a while."
    )
    photo_retention_days: int = Field(
        180, ge=1, description="Photos that nobody corrected are deleted after so many days."
    )
    s3_endpoint_url: str = Field("", description="Where S3 answers, if it is not Amazon's.")
    s3_region: str = Field("", description="Region of the bucket; empty: what the S3 client finds itself.")
    s3_path_style: bool = Field(
        True, description="Whether the bucket stands in the path, not in the host name."
    )
    s3_encryption: str = Field(
        "", pattern="^(AES256|aws:kms|)$", description="Encryption that S3 is asked for: AES256 or aws:kms."
    )
    backups_to_keep: int = Field(14, ge=1, description="Older backups of the nightly job are deleted.")
    backups_url: str = Field(
        "", description="Where each backup is copied to: s3://bucket/prefix; empty: nowhere."
    )
    drill_db: str = Field(
        "", description="Scratch database that each backup is restored into, to prove it; empty: none."
    )
    api_db_password: SecretStr = Field(
        SecretStr(""), description="Password of the service's role in the database; empty: it cannot log in."
    )
    pages_db_password: SecretStr = Field(SecretStr(""), description="The same for the pages.")
    worker_db_password: SecretStr = Field(SecretStr(""), description="The same for the worker.")
    tasks_db_password: SecretStr = Field(SecretStr(""), description="The same for what runs on a schedule.")
    grafana_db_password: SecretStr = Field(
        SecretStr(""), description="Password of Grafana's reader in the database; empty: it cannot log in."
    )
    log_format: str = Field(
        "json", pattern="^(json|text)$", description="How logs are written: json or text."
    )
    log_level: str = Field("INFO", description="Least important level that is logged.")

    @property
    def postgres_dsn(self) -> dict[str, Any]:
        """What psycopg2 needs to connect."""
        return {
            "host": self.postgres_host,
            "port": self.postgres_port,
            "dbname": self.postgres_db,
            "user": self.postgres_user,
            "password": self.postgres_password.get_secret_value(),
        }

    @property
    def pages(self) -> str:
        """Where people reach the pages."""
        return self.pages_url or f"http://localhost:{self.streamlit_port}"

    @property
    def database_logins(self) -> dict[str, str]:
        """The roles that may log in to the database beside its owner, with their passwords."""
        given = {
            "tyreloop_api": self.api_db_password,
            "tyreloop_pages": self.pages_db_password,
            "tyreloop_worker": self.worker_db_password,
            "tyreloop_tasks": self.tasks_db_password,
            "grafana_reader": self.grafana_db_password,
        }
        return {role: password.get_secret_value() for role, password in given.items() if password}

    def invitation_link(self, secret: str) -> str:
        """Where an invited person chooses a name and a password."""
        return f"{self.pages.rstrip('/')}/staff?invite={secret}"

    @property
    def mlflow_pages(self) -> str:
        """Where people look at the registry: as set, or where it answers on this machine; else nowhere."""
        is_here = urlsplit(self.mlflow_tracking_uri).hostname in ("127.0.0.1", "localhost")
        return (self.mlflow_url or (self.mlflow_tracking_uri if is_here else "")).rstrip("/")

    @property
    def photo_store(self) -> str:
        """The photo store's URL, with the data folder as its default."""
        return self.photo_store_url or (self.data_dir / "photos").resolve().as_uri()

    def require_secret_key(self) -> str:
        """The cookie's secret, or one sentence that says how to set it."""
        secret = self.secret_key.get_secret_value()
        if len(secret) < 32:
            raise NotConfigured("SECRET_KEY must be set to at least 32 random characters.")
        return secret


SECRETS = frozenset(name for name, field in Settings.model_fields.items() if field.annotation is SecretStr)


def read_settings(*, beside_stack: bool = True, **overrides: Any) -> Settings:
    """Environment first, then what a running local stack wrote, then `.env`, then the defaults."""
    try:
        if beside_stack and MARKER in os.environ:  # a program of a stack was told all that it may know
            return Settings(_env_file=None, **overrides)
        home = home_folder()
        plain = Settings(_env_file=home / ".env", **overrides)
        if home != Path.cwd() and not plain.data_dir.is_absolute() and "DATA_DIR" not in os.environ:
            overrides["data_dir"] = home / plain.data_dir
        if not beside_stack:  # the stack itself must not read what an earlier run of it wrote
            return Settings(_env_file=home / ".env", **overrides)
        stack_env = overrides.get("data_dir", plain.data_dir) / STACK_ENV
        return Settings(_env_file=(home / ".env", stack_env), **overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise NotConfigured(f"{name} is not set right: {first['msg']}.") from error


def home_folder() -> Path:
    """Where `.env` and the data folder are: here, or else in the checkout that this program is run from."""
    here = Path.cwd()
    is_home = any((here / name).exists() for name in (".env", "data", "docker-compose.yaml"))
    return CHECKOUT if not is_home and (CHECKOUT / "docker-compose.yaml").exists() else here


def speaks_for_itself() -> bool:
    """Whether nobody told this process which stack it belongs to."""
    return MARKER not in os.environ and "DATA_DIR" not in os.environ


@cache
def settings() -> Settings:
    """The settings of this process, read at the first call."""
    tell_nobody()
    given = read_settings()
    if password := given.mlflow_tracking_password.get_secret_value():  # MLflow's client looks nowhere else
        os.environ.setdefault("MLFLOW_TRACKING_USERNAME", given.mlflow_tracking_username)
        os.environ.setdefault("MLFLOW_TRACKING_PASSWORD", password)
    return given


def tell_nobody() -> None:
    """Libraries that report home are told not to, before they are loaded."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def environment_for_child(changes: dict[str, str], *, with_secrets: bool = True) -> dict[str, str]:
    """This process's environment with some changes, for a program that it starts."""
    ours = {name: value for name, value in os.environ.items() if with_secrets or name.lower() not in SECRETS}
    return {**ours, **changes}
