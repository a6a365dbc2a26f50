"""The YAML file that declares our own operators, checked by type."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from intelligence_ingest.operators.classifier import Service, ServiceClassifier
from intelligence_ingest.operators.interruptions import InterruptionCount
from intelligence_ingest.operators.phrases import PhraseCheck
from intelligence_ingest.operators.silence import LongestSilence
from intelligence_ingest.operators.story import Story
from intelligence_ingest.operators.talk_ratio import TalkRatio
from intelligence_ingest.results import OperatorResult
from trunkline.errors import Invalid

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Phrases = Annotated[
    Mapping[str, Annotated[Sequence[str], Field(min_length=1)]], Field(min_length=1)
]
Score = Annotated[float, Field(gt=0, le=100)]


class Operator(Protocol):
    """Takes a call's story, gives a result. Its name is its result's key."""

    @property
    def name(self) -> str:
        """Unique in the file."""

    def run(self, story: Story) -> OperatorResult:
        """The same story always gives the same result."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Service(_Part):
    label: Annotated[str, Field(min_length=1, max_length=100)]
    aliases: Phrases


class _Classifier(_Part):
    type: Literal["service-classifier"]
    name: Name
    services: Annotated[Sequence[_Service], Field(min_length=1)]
    least: Score = 82.0
    speaker: Literal["agent", "customer", ""] = "customer"

    def operator(self) -> Operator:
        services = [Service(each.label, each.aliases) for each in self.services]
        return ServiceClassifier(self.name, services, self.least, self.speaker)


class _Phrase(_Part):
    type: Literal["phrase"]
    name: Name
    phrases: Phrases
    speaker: Literal["agent", "customer", ""] = ""
    least: Score = 85.0

    def operator(self) -> Operator:
        return PhraseCheck(self.name, self.phrases, self.speaker, self.least)


class _Measure(_Part):
    type: Literal["talk-ratio", "longest-silence", "interruption-count"]
    name: Name

    def operator(self) -> Operator:
        return _MEASURES[self.type](self.name)


_MEASURES: Mapping[str, type[TalkRatio] | type[LongestSilence] | type[InterruptionCount]] = {
    "talk-ratio": TalkRatio,
    "longest-silence": LongestSilence,
    "interruption-count": InterruptionCount,
}


class _File(_Part):
    operators: Sequence[Annotated[_Classifier | _Phrase | _Measure, Field(discriminator="type")]]


def load_operators(path: Path) -> Sequence[Operator]:
    """The file's operators. Raises `Invalid` with a line for each mistake in it."""
    try:
        declared = _File.model_validate(yaml.safe_load(path.read_text()))
    except OSError as error:
        raise Invalid(f"{path}: {error.strerror}.") from None
    except yaml.YAMLError as error:
        raise Invalid(f"{path}: not YAML: {error}") from None
    except ValidationError as error:
        raise Invalid("\n".join(_explained(path, error))) from None
    operators = [each.operator() for each in declared.operators]
    names = [each.name for each in operators]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(f"{path}: names are used twice: {', '.join(twice)}.")
    return operators


def _explained(path: Path, error: ValidationError) -> list[str]:
    return [
        f"{path}: {'.'.join(str(part) for part in mistake['loc'])}: {mistake['msg']}"
        for mistake in error.errors(include_url=False)
    ]
