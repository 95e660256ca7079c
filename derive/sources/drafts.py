"""Drafts: models of which only some keys can be read, for checks that look at several keys while others are wrong."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

KIND, _USUAL_KIND = "layer", "dense"
"""The key by which one of several models is chosen, and its value where it is not stated."""
M = TypeVar("M", bound=BaseModel)


def draft(model: type[M], tree: Any) -> M:
    """A model of everything in a tree that can be read on its own.

    What cannot has the default of its key, None where it has none; an entry of a list that cannot is a draft, or None.
    """
    stated, found = tree if isinstance(tree, dict) else {}, {}
    for name, field in model.model_fields.items():
        found[name] = None if field.is_required() else field.get_default(call_default_factory=True)
        if (field.alias or name) in stated:
            found[name] = _readable(model, name, 0, stated[field.alias or name], found[name])
    stated_names = {name for name, field in model.model_fields.items() if (field.alias or name) in stated}
    return model.model_construct(stated_names, **found)


def _readable(model: type[BaseModel], name: str, depth: int, value: Any, default: Any = None) -> Any:
    """What can be read of a key's value, or of an entry of it that lies so many lists and groups deep."""
    try:
        return reader(model, name, depth).validate_python(value)
    except ValidationError:
        annotation = _annotation(model, name, depth)
    models = models_inside(annotation)
    if get_origin(annotation) is tuple:
        entries = value if isinstance(value, (list, tuple)) else (value,) if isinstance(value, dict) else None
        if entries is None or (models and entries is not value):
            return default
        return tuple(_readable(model, name, depth + 1, one) for one in entries)
    if isinstance(value, dict) and get_origin(annotation) is dict:
        return {key: _readable(model, name, depth + 1, one) for key, one in value.items()}
    chosen = [one for one in models if len(models) == 1 or kind_of(one) == kind_stated(value)]
    return draft(chosen[0], value) if chosen and (isinstance(value, dict) or depth) else default


@cache
def reader(model: type[BaseModel], name: str, depth: int = 0) -> TypeAdapter[Any]:
    """What reads a field of a model, or the entries of its lists and groups."""
    field = model.model_fields[name]
    metadata = () if depth else tuple(field.metadata)
    annotation = _annotation(model, name, depth)
    return TypeAdapter(Annotated[(annotation, *metadata)] if metadata else annotation)


def _annotation(model: type[BaseModel], name: str, depth: int) -> Any:
    annotation: Any = model.model_fields[name].annotation
    for _ in range(depth):
        annotation = get_args(annotation)[-1 if get_origin(annotation) is dict else 0]
    return annotation


def models_inside(annotation: Any) -> list[type[BaseModel]]:
    """The models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in models_inside(argument)]


def kind_of(model: type[BaseModel]) -> str:
    """The value of the key by which a model is chosen; empty for one that stands alone."""
    return str(model.model_fields[KIND].default) if KIND in model.model_fields else ""


def kind_stated(value: Any) -> str:
    """The value of that key in a tree, or in a model."""
    return str(value.get(KIND, _USUAL_KIND) if isinstance(value, dict) else getattr(value, KIND, _USUAL_KIND))
