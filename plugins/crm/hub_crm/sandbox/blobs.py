"""What a record holds as a file: its bytes, and the address under which they can be fetched."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes in one field of one record."""

    name: str
    record_id: str
    field_name: str
    data: bytes = field(repr=False)

    def address(self, base: str) -> str:
        """Give the path of the bytes below a version's resources."""
        return f"{base}/sobjects/{self.name}/{self.record_id}/{self.field_name}"
