"""Faults as people ask for them: one by the control API, or many in a YAML file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from hub.errors import ConfigError, Problem
from hub.sandbox.faults import Fault, FaultPlan
from hub.settings import Settings, load_yaml, parse_settings


class WantedFault(Settings):
    """A fault to play, and in which sandbox; the fields are those of `Fault`."""

    sandbox: str
    kind: str
    operation: str = "*"
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    times: Annotated[int, Field(ge=1)] | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    arguments: dict[str, Any] = Field(default_factory=dict)
    seed: int | None = None

    def put(self, plans: Mapping[str, FaultPlan]) -> int:
        """Add it to the plan of its sandbox; give its number there.

        LookupError for a sandbox, ValueError for a kind that there is not.
        """
        if self.sandbox not in plans:
            raise LookupError(f"no sandbox {self.sandbox!r}; there are: {', '.join(plans)}")
        plan = plans[self.sandbox]
        if self.seed is not None:
            plan.seed(self.seed)
        return plan.add(
            Fault(
                kind=self.kind,
                operation=self.operation,
                probability=self.probability,
                times=self.times,
                skip=self.skip,
                arguments=self.arguments,
            )
        )


class FaultFile(Settings):
    """A file of faults; the same seed gives the same ones at the same calls."""

    seed: int = 0
    faults: list[WantedFault] = Field(default_factory=list)


def play_file(path: Path, plans: Mapping[str, FaultPlan]) -> None:
    """Put all faults of a file into the plans of their sandboxes.

    ConfigError names the lines at fault; then none is put.
    """
    document = load_yaml(path)
    wanted = parse_settings(FaultFile, document)
    trial = {name: FaultPlan(plan.kinds, actions=plan.actions) for name, plan in plans.items()}
    problems: list[Problem] = []
    for index, fault in enumerate(wanted.faults):
        try:
            fault.put(trial)
        except (LookupError, ValueError) as error:
            at = ("faults", index, "sandbox" if isinstance(error, LookupError) else "kind")
            problems.append(document.problem(at, str(error.args[0])))
    if problems:
        raise ConfigError(problems)
    for plan in plans.values():
        plan.seed(wanted.seed)
    for fault in wanted.faults:
        fault.put(plans)
