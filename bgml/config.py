"""The settings of a project, as bgml.toml states them, checked on reading."""

from __future__ import annotations

import datetime
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bgml.config_faults import fault
from bgml.errors import SettingsError

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
SECRET = re.compile(r"passw(or)?d|pwd|secret|token|private_?key", re.IGNORECASE)
# A password may hold a slash, which urlsplit takes for the end of the host; and libpq writes password=... outside any URL.
CREDENTIALS = re.compile(r"://[^/@:]*:(?!\d+(/|$))[^@]*@|\b(password|pwd)\s*=", re.IGNORECASE)


def holds_password(url: str) -> bool:
    """Whether a database URL or connection string carries a password, a token or a key.

    >>> holds_password("postgresql://ann:pw@db/sales"), holds_password("postgresql://ann@db/sales")
    (True, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "@" in url
    named = any(SECRET.search(key) for key, _ in parse_qsl(parts.query))
    return named or bool((parts.scheme and parts.password is not None) or CREDENTIALS.search(url))


def without_password(url: str) -> str:
    """The URL itself; SettingsError's message when it carries a password."""
    if holds_password(url):
        raise ValueError('holds a password: put the whole URL into an environment variable and write "env:NAME"')
    return url


def memory_bytes(text: str) -> int:
    """Bytes of a size such as "8GiB" or "500 MB".

    >>> memory_bytes("8GiB")
    8589934592
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]i?B)", text.strip(), re.IGNORECASE)
    if not found or float(found[1]) == 0:
        raise ValueError(f'must be a size such as "8GiB" or "500MB", not "{text}"')
    return int(float(found[1]) * UNITS[found[2].upper()])


def _size(text: str) -> str:
    memory_bytes(text)
    return text


def _network(text: str) -> str:
    """An address or a network, as it is; a sentence otherwise."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f'must be addresses or networks such as "10.0.0.7" or "10.0.0.0/8", not "{text}"') from None
    return text


def _spark_conf(conf: dict[str, str]) -> dict[str, str]:
    """Spark's settings as they are; a sentence for one that is none of Spark's or holds a secret."""
    for key in conf:
        if not key.startswith("spark."):
            raise ValueError(f'must hold settings of Spark such as "spark.executor.memory", not "{key}"')
        if SECRET.search(key):
            raise ValueError(f'must not hold the secret "{key}": put it into spark-defaults.conf')
    return conf


def _day(value: object) -> object:
    """Stored recipes are JSON: a date arrives as its text."""
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            return value
    return value


def _rising(bands: tuple[float, ...]) -> tuple[float, ...]:
    if len(bands) != 3 or not all(0 < share < 1 for share in bands) or list(bands) != sorted(set(bands)):
        raise ValueError("must be three rising shares between 0 and 1 (the ends of bands A, B and C)")
    return bands


def _named_by(kind: str) -> Callable[[str], str]:
    """A check that a text names the field by which Salesforce finds a record of this kind."""

    def field(text: str) -> str:
        if not re.fullmatch(rf"{kind}(Id|\.[A-Za-z]\w*)", text):
            raise ValueError(f'must be "{kind}Id" or a field such as "{kind}.Number__c", not "{text}"')
        return text

    return field


Names = Annotated[tuple[str, ...], Field(strict=False)]
Ids = Annotated[tuple[str | int, ...], Field(strict=False)]
Url = Annotated[str, Field(min_length=1), AfterValidator(without_password)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(ge=0)]
Fields = dict[str, Annotated[str, Field(min_length=1)] | Names | Annotated[float, Field(allow_inf_nan=False)]]
Label = Annotated[str, Field(min_length=1)]
Route = Literal["lead", "account", "group"]


class Section(BaseModel):
    """One table of bgml.toml: immutable, unknown keys refused, no value converted to another kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class ProjectSection(Section):
    """Who the project is: the name MLflow's experiment and registered model carry."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class DataSection(Section):
    """Where the tables are, how far they are complete, which undated columns may be features."""

    url: Url = "data"
    until: Annotated[datetime.date | None, BeforeValidator(_day)] = None
    static: Names = ("industry", "region", "segment", "employees", "revenue", "title", "department", "seniority")


class SourcesSection(Section):
    """How raw tables are read by `bgml import`: their dates, and what your own fields are called."""

    day_first: bool = False
    salesforce: Fields = {}
    hubspot: Fields = {}
    marketo: Fields = {}
    intent: Fields = {}

    def of(self, kind: str) -> Mapping[str, str | tuple[str, ...] | float]:
        """What is said of one kind of source; nothing for a declaration of the user's own."""
        said: Mapping[str, str | tuple[str, ...] | float] = getattr(self, kind, {}) if kind in type(self).model_fields else {}
        return said


class GroupsSection(Section):
    """Which groups are candidates at a date."""

    lookback: Days = 91
    min_people: Annotated[int, Field(ge=0)] = 1
    customer_days: Annotated[int, Field(ge=0, le=36_500)] = 365
    exclude_accounts: Ids = ()


class OutcomeSection(Section):
    """What is predicted, how far ahead, and whose opportunities count."""

    target: Literal["won", "created", "accepted"] = "won"
    horizon: Days = 180
    match: Literal["pair", "account"] = "pair"


class DatesSection(Section):
    """The grid of as-of dates."""

    every: Days = 7


class CheckSection(Section):
    """How much bad data is tolerated, and how little history is enough."""

    max_bad_share: Share = 0.01
    min_won: Count = 40


class FeaturesSection(Section):
    """Feature columns left out, by name or pattern."""

    without: Names = ()


class ModelsSection(Section):
    """Models `bgml train` fits, and model files left out."""

    train: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = ("propensity", "lambdarank")
    without: Names = ()


class RankingSection(Section):
    """How the weekly list is cut."""

    capacity: Count = 50
    owner_capacity: Count = 10
    max_per_account: Count = 3
    explore: Share = 0.0
    bands: Annotated[tuple[float, ...], Field(strict=False), AfterValidator(_rising)] = (0.05, 0.20, 0.50)
    rework_days: Annotated[int, Field(ge=0, le=36_500)] = 90


class RouteRule(Section):
    """One rule of [[routes.rule]]: the route of accounts for which everything holds that it states."""

    route: Route
    segment: Names = ()
    amount_below: Amount | None = None
    amount_from: Amount | None = None
    people_below: Count | None = None
    people_from: Count | None = None
    topics_below: Count | None = None
    topics_from: Count | None = None

    @model_validator(mode="after")
    def _can_fit(self) -> RouteRule:
        for name in ("amount", "people", "topics"):
            below, start = getattr(self, f"{name}_below"), getattr(self, f"{name}_from")
            if below is not None and start is not None and start >= below:
                raise ValueError(f"never fits: {name}_from {start:g} is not less than {name}_below {below:g}")
        return self


class RoutesSection(Section):
    """Whether sales works single leads, whole accounts or groups, by account."""

    default: Route = "group"
    rule: Annotated[tuple[RouteRule, ...], Field(strict=False)] = ()


class StagesSection(Section):
    """When a member is active, cooling or dark, and a group engaged or qualified."""

    active_days: Days = 28
    cooling_days: Days = 91
    member_days: Days = 182
    engaged_people: Count = 2
    qualified_people: Count = 3
    qualified_coverage: Share = 0.5


class ImpactSection(Section):
    """What counts as an engaged group before an opportunity, and who was in the pilot."""

    days: Days = 91
    min_people: Count = 3
    min_actions: Count = 3
    pilot: str = ""


class CrmSection(Section):
    """How a CRM names what opportunities and contacts are imported into."""

    salesforce_account: Annotated[str, AfterValidator(_named_by("Account"))] = "AccountId"
    salesforce_contact: Annotated[str, AfterValidator(_named_by("Contact"))] = "ContactId"
    salesforce_stage: Label = "Prospecting"
    hubspot_pipeline: Label = "Sales Pipeline"
    hubspot_stage: Label = "Appointment Scheduled"


class DriftSection(Section):
    """From when on a change since training is yellow, or red."""

    psi_yellow: Annotated[float, Field(ge=0)] = 0.1
    psi_red: Annotated[float, Field(ge=0)] = 0.25
    missing_yellow: Share = 0.1
    missing_red: Share = 0.25
    volume_yellow: Annotated[float, Field(ge=0)] = 0.3
    volume_red: Annotated[float, Field(ge=0)] = 0.5
    outcome_yellow: Annotated[float, Field(ge=0)] = 0.25
    outcome_red: Annotated[float, Field(ge=0)] = 0.5
    min_share: Share = 0.1
    min_rows: Count = 100


class EngineSection(Section):
    """Where and with how much of the machine features are computed."""

    name: Literal["local", "spark"] = "local"
    threads: Annotated[int, Field(ge=0, le=1024)] = 0
    memory: Annotated[str, AfterValidator(_size)] = "8GiB"

    @property
    def memory_bytes(self) -> int:
        """The memory limit in bytes."""
        return memory_bytes(self.memory)


class SparkSection(Section):
    """The cluster that computes features where engine.name is "spark"."""

    master: Label = "local[*]"
    partitions: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    folder: str = ""
    conf: Annotated[dict[str, str], AfterValidator(_spark_conf)] = {}


class TrackingSection(Section):
    """MLflow's store; empty means SQLite under mlruns/."""

    uri: Annotated[str, AfterValidator(without_password)] = ""


class WebSection(Section):
    """What the page shows, under which names it is reached, and which proxy may say who somebody is."""

    mask_email: bool = True
    hosts: Names = ()
    session_hours: Annotated[int, Field(ge=1, le=720)] = 12
    trusted_proxy: Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], Field(strict=False)] = ()
    user_header: Annotated[str, Field(min_length=1)] = "X-Forwarded-User"
    role_header: str = ""
    owner_header: str = ""
    proxy_role: Literal["viewer", "editor", "admin"] = "viewer"
    proxy_sees: Literal["own", "all"] = "own"


class Settings(Section):
    """Everything bgml.toml says, defaults filled in."""

    project: ProjectSection
    data: DataSection = DataSection()
    sources: SourcesSection = SourcesSection()
    groups: GroupsSection = GroupsSection()
    outcome: OutcomeSection = OutcomeSection()
    dates: DatesSection = DatesSection()
    check: CheckSection = CheckSection()
    features: FeaturesSection = FeaturesSection()
    models: ModelsSection = ModelsSection()
    ranking: RankingSection = RankingSection()
    routes: RoutesSection = RoutesSection()
    stages: StagesSection = StagesSection()
    impact: ImpactSection = ImpactSection()
    crm: CrmSection = CrmSection()
    drift: DriftSection = DriftSection()
    engine: EngineSection = EngineSection()
    spark: SparkSection = SparkSection()
    tracking: TrackingSection = TrackingSection()
    web: WebSection = WebSection()


def sections() -> dict[str, type[Section]]:
    """The section classes by the name of their table in bgml.toml, in the order they are written."""
    found = {name: field.annotation for name, field in Settings.model_fields.items()}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, Section)}


def load_settings(path: Path) -> Settings:
    """The settings of a bgml.toml; SettingsError names the file and the line or the key that cannot be used."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from None
    return settings_from(document, str(path))


def settings_from(document: Mapping[str, Any], where: str) -> Settings:
    """The settings a mapping of sections states; `where` names its origin in the SettingsError."""
    try:
        return Settings.model_validate(dict(document))
    except ValidationError as error:
        problems = error.errors(include_url=False)
        more = f" ({len(problems) - 1} more after this one)" if len(problems) > 1 else ""
        raise SettingsError(f"{where}: {fault(problems[0], sections(), RouteRule)}{more}") from None
