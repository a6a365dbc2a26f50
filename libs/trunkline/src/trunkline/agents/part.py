"""What the parts of an agent file are made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from trunkline.agents.variables import VARIABLE_NAME

Seconds = Annotated[float, Field(gt=0)]
E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$", examples=["+15005550100"])]
LanguageCode = Annotated[
    str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multi)$", examples=["en-US"])
]
OptionalLanguageCode = Annotated[
    str, Field(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multi)?$", examples=["en-US"])
]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$", examples=["front-desk"])]
ToolName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$", examples=["find_slot"])]
OptionalToolName = Annotated[
    str, Field(pattern=r"^([a-z][a-z0-9_]{0,47})?$", examples=["find_slot"])
]
VariableName = Annotated[str, Field(pattern=f"^{VARIABLE_NAME}$", examples=["clinic_name"])]
Text = Annotated[str, Field(pattern=r"\S", examples=["Hello."])]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$", examples=["#"])]
OptionalKey = Annotated[str, Field(pattern=r"^[0-9*#]?$", examples=["#"])]
URL = r"^https?://[^\s/?#]+\S*$"
Url = Annotated[str, Field(pattern=URL, examples=["https://api.example.com/x"])]
ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,62}$", examples=["source"])]
ParameterValue = Annotated[str, Field(max_length=500)]
Moment = Literal["none", "dtmf", "speech", "any"]


class Part(BaseModel):
    """A part of an agent file: frozen, and every key in it must be known."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
