"""A declaration: the TOML file that says which raw tables a CRM has and what becomes of their rows."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bgml.errors import ProjectError, SettingsError, nearest

FOLDER = Path(__file__).parent / "crm"
TARGETS = ("accounts", "people", "signals", "touches", "opportunities", "opportunity_contacts", "merges")
"""What a block can make: tables of the contract, and statements that two records are one."""

Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]
Sql = Annotated[str, Field(min_length=1)]
Aside = tuple[str, Sql] | tuple[str, Sql, Sql]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Crm(_Part):
    """What the source is called, how its tables' names may begin and end, and what tells its ids from other sources'.

    `own_fields` is what the names of fields hold that a user has added.
    """

    name: Name
    title: str
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    id_prefix: str = ""
    own_fields: str = ""


class RawDeclared(_Part):
    """One raw table.

    `columns` are those that are read, each with other spellings it may have ("email|property_email"); a ? at the end says that its
    absence is not worth telling. `needed` are those without which the table is of no use, `aside` the rows that no block sees.
    The rows of a `lookup` that no block makes anything of count as used for it.
    """

    names: tuple[str, ...] = Field(min_length=1)
    columns: tuple[str, ...] = Field(min_length=1)
    needed: tuple[str, ...] = ()
    required: bool = False
    costs: str = ""
    lookup: str = ""
    aside: tuple[Aside, ...] = ()


class FieldDeclared(_Part):
    """What a setting of [sources.NAME] may say: a column of the user's own (of one of `tables`), words, patterns, a number from `least`."""

    means: str
    kind: Literal["column", "words", "patterns", "number"] = "column"
    tables: tuple[Name, ...] = ()
    least: float | None = None
    default: tuple[str, ...] = ()


class Block(_Part):
    """How the rows of one raw table become rows of one target. All texts are DuckDB SQL over the raw table's columns.

    `where` says which rows the block is about, `aside` which of them it cannot use: a reason, a condition and, if wanted, an
    expression whose value is added to the reason. `outside` is the same for people and accounts that are none of the buyers': what they
    did is set aside with them. `undated` says why the block's times cannot be trusted.
    """

    source: Annotated[Name, Field(alias="from")]
    columns: dict[Name, Sql]
    join: str = ""
    where: str = "true"
    aside: tuple[Aside, ...] = ()
    outside: tuple[Aside, ...] = ()
    undated: str = ""


class _Document(_Part):
    crm: Crm
    tables: dict[Name, RawDeclared]
    fields: dict[Name, FieldDeclared] = {}
    derived: dict[Name, Sql] = {}
    accounts: tuple[Block, ...] = ()
    people: tuple[Block, ...] = ()
    signals: tuple[Block, ...] = ()
    touches: tuple[Block, ...] = ()
    opportunities: tuple[Block, ...] = ()
    opportunity_contacts: tuple[Block, ...] = ()
    merges: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """A declaration as its file states it; `derived` are tables made once out of raw ones for blocks to join, `blocks` by target."""

    path: Path
    crm: Crm
    tables: Mapping[str, RawDeclared]
    fields: Mapping[str, FieldDeclared]
    derived: Mapping[str, str]
    blocks: Mapping[str, tuple[Block, ...]]


def kinds() -> list[str]:
    """The sources whose declaration ships with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_declaration(kind: str) -> Declaration:
    """The declaration of a kind, or of a .toml file of the user's own; SettingsError names the file and the place that is wrong."""
    path = Path(kind) if kind.endswith(".toml") else FOLDER / f"{kind}.toml"
    if not path.is_file():
        known = [*kinds(), "auto"]
        raise SettingsError(f'"{kind}" is no kind of source{nearest(kind, known)}; there are {", ".join(known)}, and any declaration.toml')
    try:
        document = _Document.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
    except ValidationError as error:
        raise SettingsError(_sentence(path, error)) from None
    blocks: dict[str, tuple[Block, ...]] = {target: getattr(document, target) for target in TARGETS}
    found = Declaration(path, document.crm, document.tables, document.fields, document.derived, blocks)
    _check_names(found)
    return found


def _check_names(declaration: Declaration) -> None:
    """SettingsError for a block or a field of a table that the declaration does not have, or a derived table named like a raw one."""
    for name in declaration.derived:
        if name in declaration.tables:
            raise SettingsError(f'{declaration.path}: [derived] {name} has the name of one of [tables]')
    for target, blocks in declaration.blocks.items():
        for number, block in enumerate(blocks, 1):
            if block.source not in declaration.tables:
                hint = nearest(block.source, declaration.tables)
                raise SettingsError(f'{declaration.path}: [[{target}]] {number}: from = "{block.source}" is not one of [tables]{hint}')
    for name, field in declaration.fields.items():
        for table in field.tables:
            if table not in declaration.tables:
                raise SettingsError(f'{declaration.path}: [fields.{name}]: "{table}" is not one of [tables]')


def _sentence(path: Path, error: ValidationError) -> str:
    """The first fault in one line."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
    return f"{path}: {place}: {first['msg']}"


def with_prefixes(crm: Crm, name: str) -> list[str]:
    """Every name under which a raw table called `name` may be found, the plain one first."""
    return [f"{before}{name}{after}".lower() for before in ("", *crm.prefixes) for after in ("", *crm.suffixes)]


def settings_of(declaration: Declaration, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every field: what [sources.NAME] says, else the default; SettingsError for a key or a kind of value it does not take."""
    where = f"bgml.toml: [sources.{declaration.crm.name}]"
    values: dict[str, Any] = {name: list(field.default) for name, field in declaration.fields.items()}
    for name, value in given.items():
        field = declaration.fields.get(name)
        if field is None:
            hint = nearest(name, declaration.fields) or f"; it has {', '.join(declaration.fields)}"
            raise SettingsError(f"{where} {name} is not a setting{hint}")
        if (field.kind == "number") != isinstance(value, int | float):
            raise SettingsError(f"{where} {name} must be {'a number' if field.kind == 'number' else 'text'}, not {value!r}")
        if isinstance(value, int | float) and field.least is not None and value < field.least:
            raise SettingsError(f"{where} {name} must be at least {field.least:g}, not {value:g}")
        words: list[Any] = [value] if isinstance(value, str | int | float) else list(value)
        if field.kind == "column" and len(words) != 1:
            raise SettingsError(f'{where} {name} must name one column, such as "Product_Line__c"')
        if field.kind == "patterns":
            _check_patterns([str(word) for word in words], f"{where} {name}")
        values[name] = words
    return values


def _check_patterns(patterns: list[str], where: str) -> None:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise SettingsError(f'{where}: "{pattern}" is no regular expression: {error}') from None
