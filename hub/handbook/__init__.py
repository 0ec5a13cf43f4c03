"""The handbook: YAML that a service manager owns, read into checked, typed values.

How it works, in the order of a handbook's life:

* `shapes` says what may be written where; `load` reads all files, and lists all defects at once,
  each with its file and line.
* `cells`, `domains`, `expressions`, `tables` and `compile` are the decision tables: columns of
  unary tests (a value, a list, a range, words in a text, their negation, any), CEL conditions,
  and the hit policies first, unique and collect. `Table.decide` answers in microseconds;
  `Table.explain` says of every row at which cell it missed.
* `analysis` finds rows that are dead, clash or are missing; `check` and its parts find what the
  files name and nobody knows, holds or may read; `check_maps` what a system would refuse.
* `calendars` makes the calendars by which time limits are counted (`hub.calendar`).
* `templates` and `messages` write mails and comments. Public text comes from a public template
  with public fields alone.
* `people` finds who is meant and who takes an item; `handbook` holds it all together.

`load_handbook(path)` gives a `Handbook`. Every row has an id, the clause of the department's
handbook, whether that or we demand it (`origin`), and its `source` (`routing.yaml:14`), which
the rules cite in every decision (`Handbook.why`).
"""

from __future__ import annotations

from hub.handbook.check_maps import check_maps
from hub.handbook.handbook import Handbook, Provision
from hub.handbook.load import load_handbook
from hub.handbook.messages import tag
from hub.handbook.people import People, Target
from hub.handbook.tables import Answer, Miss, Rule, Table, Verdict
from hub.handbook.templates import Rendered, Template

__all__ = [
    "Answer",
    "Handbook",
    "Miss",
    "People",
    "Provision",
    "Rendered",
    "Rule",
    "Table",
    "Target",
    "Template",
    "Verdict",
    "check_maps",
    "load_handbook",
    "tag",
]
