"""Types of every kind, and what a test does with them."""

from __future__ import annotations

import copy
import dataclasses
import enum
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal, NewType, NotRequired, Union

import msgspec
import pydantic
from typing_extensions import TypedDict

from slipstream.events import Error, Event, Partial, TextDelta
from slipstream.flow.partial import partial


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


Minutes = NewType("Minutes", int)


class Step(msgspec.Struct, frozen=True):
    title: str
    minutes: Minutes = Minutes(0)
    tags: list[str] = []


class Recipe(msgspec.Struct):
    name: str
    steps: list[Step]
    note: str | None = None
    colour: Colour = Colour.RED
    best: date | None = None
    amounts: dict[str, float] = {}
    level: Literal["easy", "hard"] = "easy"
    of: Recipe | None = None


class Renamed(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    first_name: str = "?"
    last_name: str


class Checked(msgspec.Struct, frozen=True):
    name: str
    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 0 or self.name is None:
            raise ValueError(f"secret {self.name}")


class Circle(msgspec.Struct, tag="circle"):
    label: str
    r: float


class Square(msgspec.Struct, tag="square"):
    label: str
    side: float


class Drawing(msgspec.Struct):
    shapes: list[Circle | Square]
    cover: Circle | Square | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    label: str
    x: float
    y: float = 0.0
    tags: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Path:
    points: list[Point]
    name: str = "path"


class Movie(TypedDict):
    title: str
    year: int
    cast: NotRequired[list[str]]


class Shop(msgspec.Struct):
    movies: dict[str, Movie]
    path: Path | None = None
    owner: Person | None = None


class Person(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)

    name: str
    age: int | None = None
    born: datetime | None = None
    nick: Annotated[str, pydantic.Field(max_length=5)] = "?"
    friends: list[Person] = []


class Cat(pydantic.BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(pydantic.BaseModel):
    kind: Literal["dog", "wolf"]
    name: str


class Zoo(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")

    name: str = pydantic.Field(alias="zooName")
    animals: list[Annotated[Union[Cat, Dog], pydantic.Field(discriminator="kind")]]  # noqa: UP007
    first: Cat | Dog | None = None
    where: Point | None = None
    best: Movie | None = None


@pydantic.dataclasses.dataclass
class Ticket:
    seat: str
    price: float = 1.0


Holder = Shop | None
VALUES: list[tuple[Any, str]] = [
    (Recipe, '{"name": "茶 \\"x\\" \\ud83c\\udf75", "steps": [{"title": "boil", "minutes": 3, "tags": ["a", "b"]},'
             ' {"title": ""}], "note": null, "colour": "blue", "best": "2024-05-06",'
             ' "amounts": {"water": 1, "tea": 2.5}, "level": "hard", "of": {"name": "in", "steps": []},'
             ' "unknown": [1, {"a": "b"}]}'),
    (Recipe, '{"steps": [], "name": "n", "note": "abc"}'),
    (Renamed, '{"lastName": "Li", "firstName": "Wei"}'),
    (Checked, '{"count": 3, "name": "abc"}'),
    (Drawing, '{"shapes": [{"type": "circle", "label": "a", "r": 1}, {"label": "b", "side": 2.0, "type": "square"}],'
              ' "cover": {"type": "square", "label": "c", "side": 3}}'),
    (Circle, '{"label": "x", "type": "circle", "r": 2}'),
    (Circle | Square, '{"r": 2, "type": "circle", "label": "x"}'),
    (Path, '{"points": [{"label": "p", "x": 1, "y": 2, "tags": ["t"]}, {"label": "q", "x": -0.5e3}], "name": "way"}'),
    (Point, '{"x": 1, "label": "only"}'),
    (Movie, '{"title": "M", "year": 1931, "cast": ["L", "E"]}'),
    (Movie, '{"title": "M", "year": 1931}'),
    (Shop, '{"movies": {"a b": {"title": "M", "year": 1}, "": {"title": "", "year": 2, "cast": []}},'
           ' "path": {"points": []}, "owner": {"name": "Lin", "born": "2024-01-02T03:04:05Z"}}'),
    (Person, '{"name": "Wei", "age": "7", "born": "2024-01-02T03:04:05Z", "nick": "ab", "friends": [{"name": "Lin"}]}'),
    (Zoo, '{"zooName": "Z", "animals": [{"kind": "wolf", "name": "W"}, {"lives": 3, "kind": "cat"}],'
          ' "first": {"kind": "dog", "name": "x"}, "where": {"label": "here", "x": 1.5},'
          ' "best": {"title": "t", "year": 1}}'),
    (Ticket, '{"seat": "12A", "price": 3}'),
    (list[Step], '[{"title": "a"}, {"title": "b", "minutes": 1}]'),
    (list[Person], '[{"name": "a"}, {"name": "b"}]'),
    (dict[str, Circle], '{"k": {"label": "a", "r": 1}}'),
    (dict[int, str], '{"1": "a", "2": "b"}'),
    (tuple[int, str], '[1, "a"]'),
    (dict, '{"a": [1, "two", {"b": null}], "c": "d"}'),
    (list, '["a", ["b"], {}]'),
    (Any, '{"a": [1, "two", {"b": null}], "c": 1e3}'),
    (Any, "null"),
    (int, "42"),
    (str, '"a string \\n \\u8bb2"'),
    (Colour, '"red"'),
    (datetime, '"2024-01-02T03:04:05Z"'),
    (Step | None, "null"),
    (Step | None, '{"title": "x"}'),
    (list[int | str | None], '[1, "a", null]'),
    (int | list[str], '["a", "b"]'),
]  # fmt: skip


def decoded(kind: Any, text: str) -> Any:
    """What the type's own library makes of it."""
    owned = [Person, Zoo, Ticket, list[Person]]
    if kind in owned:
        return pydantic.TypeAdapter(kind).validate_json(text)

    def hook(inner: type, value: Any) -> Any:
        return pydantic.TypeAdapter(inner).validate_python(value)

    return msgspec.json.decode(text, type=kind, dec_hook=hook)


def run(kind: Any, parts: Iterable[str], **options: Any) -> list[Event]:
    """The events but the text, the live values copied as they were."""
    stage = partial(kind, **options)
    out: list[Event] = []
    for part in parts:
        made = apply_one(stage, TextDelta(part))
        assert len([event for event in made if isinstance(event, Partial)]) <= 1  # at most one a delta
        out += made
        if made and isinstance(made[-1], Error):
            return out
    return out + list(stage.on_end(0.0))


def apply_one(stage: Any, event: Event) -> list[Event]:
    """What follows an event, the event itself left out, live values copied."""
    first, *rest = stage.on_event(event, 0.0)
    assert first is event
    return [copied(each) for each in rest]


def copied(event: Event) -> Event:
    """The event with a copy of its value, which stays."""
    if isinstance(event, Partial) and not event.complete:
        return Partial(deep_copy(event.value), event.complete, event.choice)
    return event


def deep_copy(value: Any) -> Any:
    """A copy that stays. `copy.deepcopy` makes Structs anew, and runs their `__post_init__`."""
    if isinstance(value, msgspec.Struct):
        made = copy.copy(value)
        for name in value.__struct_fields__:
            msgspec.structs.force_setattr(made, name, deep_copy(getattr(value, name)))
        return made
    if isinstance(value, list):
        return [deep_copy(each) for each in value]
    return copy.deepcopy(value)


def error_of(kind: Any, text: str, **options: Any) -> str:
    """The message of the error that this text leads to, the same however it is cut."""
    messages = set()
    for parts in ([text], list(text)):
        errors = [event for event in run(kind, parts, **options) if isinstance(event, Error)]
        assert [error.kind for error in errors] == ["InvalidOutputError"], text
        messages.add(errors[0].message)
    assert len(messages) == 1, messages
    return messages.pop()


def fields(value: Any) -> dict[str, Any] | None:
    """The fields of an object that has named ones; None if it has none."""
    if isinstance(value, dict):
        return value
    if isinstance(value, pydantic.BaseModel):
        return dict(value.__dict__)
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    return None


def default(kind: type, name: str) -> Any:
    """The default of a field; None if it has none."""
    if issubclass(kind, pydantic.BaseModel):
        info = kind.model_fields[name]
        return None if info.is_required() else info.get_default(call_default_factory=True)
    described: Any = kind
    struct = issubclass(kind, msgspec.Struct)
    infos: Any = msgspec.structs.fields(described) if struct else dataclasses.fields(described)
    found = {info.name: info for info in infos}[name]
    missing = (dataclasses.MISSING, msgspec.NODEFAULT)
    if found.default_factory not in missing:
        return found.default_factory()
    return None if found.default in missing else found.default


def has_grown(before: Any, after: Any) -> bool:
    """True if a partial value may be followed by this one: nothing that was shown is lost or changed."""
    old, new = fields(before), fields(after)
    if old is not None and new is not None:
        return type(before) is type(after) and all(_part_has_grown(before, name, new) for name in old)
    if isinstance(before, list):
        return isinstance(after, list) and len(before) <= len(after) and all(map(has_grown, before, after))
    if isinstance(before, str) and isinstance(after, str):
        return after.startswith(before)
    return bool(before == after)


def _part_has_grown(whole: Any, name: str, after: dict[str, Any]) -> bool:
    before = fields(whole)
    assert before is not None
    if name not in after:
        return False
    if has_grown(before[name], after[name]):
        return True
    return not isinstance(whole, dict) and bool(before[name] == default(type(whole), name))
