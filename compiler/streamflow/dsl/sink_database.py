"""Database sink: rows in the Durable Object's own SQLite, in the transaction of their batch, or in a D1 database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from streamflow.dsl.bindings import BindingName
from streamflow.dsl.node import SyncFunction
from streamflow.dsl.sink import SendingSinkOptions, refuse_sending


class DatabaseSinkOptions(SendingSinkOptions):
    """`mode="upsert"` makes `key` the primary key; where `delete` is true, the row of that key goes away.

    Without `columns`: those that the compiler knows the records to have, else id, timestamp and data as JSON text.
    """

    kind: ClassVar[str] = "sink.database"
    callbacks: ClassVar[Mapping[str, int]] = {"delete": 1}

    binding: BindingName | None = Field(None, examples=['binding="DB"'])
    table: str = Field(min_length=1, examples=['table="orders"'])
    mode: Literal["insert", "upsert"] = Field("insert", examples=['mode="upsert"'])
    key: str | None = Field(None, examples=['key="order_id"'])
    columns: list[str] | tuple[str, ...] | None = Field(None, examples=['columns=["id", "total"]'])
    delete: SyncFunction | None = Field(None, examples=['delete=lambda data: data["stock"] == 0'])

    @field_validator("table")
    @classmethod
    def _table(cls, table: str) -> str:
        if table.lower().startswith(("_streamflow", "sqlite_")):
            raise ValueError(f"can't be {table!r}: names that start with `_streamflow` or `sqlite_` are taken")
        return table

    @field_validator("columns")
    @classmethod
    def _columns(cls, columns: list[str] | tuple[str, ...] | None) -> list[str] | tuple[str, ...] | None:
        if columns is not None and len({column.lower() for column in columns}) < len(columns):
            raise ValueError("names a column twice; the database tells no capitals from small letters")
        return columns

    @model_validator(mode="after")
    def _upsert_has_key(self) -> DatabaseSinkOptions:
        if self.mode == "upsert" and self.key is None:
            raise ValueError('`mode="upsert"` needs `key=`, the field that becomes the primary key')
        if self.delete is not None and self.mode != "upsert":
            raise ValueError('`delete` removes the row of a key: give `mode="upsert"` and `key=`')
        if self.binding is None:
            refuse_sending(self, "binding=", "rows of the object's own database are written with the commit")
        if self.key is not None and self.columns is not None and self.key not in self.columns:
            raise ValueError(f"`key` {self.key!r} must be one of `columns`")
        return self
