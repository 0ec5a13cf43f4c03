"""What a record holds as a file: its bytes, and the address under which they can be fetched."""

from __future__ import annotations


class Blob:
    """The bytes in one field of one record."""

    __slots__ = ("data", "field", "name", "record_id")

    def __init__(self, name: str, record_id: str, field: str, data: bytes) -> None:
        self.name = name
        self.record_id = record_id
        self.field = field
        self.data = data

    def address(self, base: str) -> str:
        """Give the path of the bytes below a version's resources."""
        return f"{base}/sobjects/{self.name}/{self.record_id}/{self.field}"
