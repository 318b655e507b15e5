"""The errors: flax's names, our sentences, with what a reader needs in them."""

import pickle

import pytest

from kerasvar.functional import errors

flax_errors = pytest.importorskip("flax.errors")

EXAMPLES = {
    "ApplyScopeInvalidVariablesStructureError": ({"params": {"params": {}}},),
    "ApplyScopeInvalidVariablesTypeError": ("a list",),
    "FlaxError": ("text",),
    "InvalidFilterError": (3,),
    "InvalidRngError": ("text",),
    "InvalidScopeError": ("dense", "/a/dense"),
    "JaxTransformError": ("/a/dense",),
    "LazyInitError": ("shape (2,), dtype float32",),
    "ModifyScopeVariableError": ("stats", "mean", "/a/dense"),
    "PartitioningUnspecifiedError": (object(),),
    "ScopeCollectionNotFound": ("stats", "mean", "/a/dense"),
    "ScopeParamNotFoundError": ("kernel", "/a/dense"),
    "ScopeParamShapeError": ("kernel", "/a/dense", (2, 3), (4, 3)),
    "ScopeVariableNotFoundError": ("mean", "stats", "/a/dense"),
}


def test_every_error_has_an_example():
    assert set(EXAMPLES) == {name for name, x in vars(errors).items() if isinstance(x, type)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_has_a_namesake_and_survives_pickling(name):
    assert issubclass(getattr(flax_errors, name), flax_errors.FlaxError)
    error = getattr(errors, name)(*EXAMPLES[name])
    assert isinstance(error, errors.FlaxError)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error)


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_it_is_told_is_in_the_message(name):
    message = str(getattr(errors, name)(*EXAMPLES[name]))
    for told in EXAMPLES[name]:
        if isinstance(told, (str, tuple)):
            assert str(told) in message


def test_raised_errors_name_path_variable_collection_and_cause():
    from kerasvar.functional import bind

    scope = bind({"stats": {"encoder": {"mean": 0.0}}}).push("encoder")
    with pytest.raises(errors.ModifyScopeVariableError) as caught:
        scope.put_variable("stats", "mean", 1.0)
    for part in ("'/encoder'", "'mean'", "'stats'", "mutable=['stats']"):
        assert part in str(caught.value)
    with pytest.raises(errors.ScopeCollectionNotFound, match="'kernel'.*'params' is empty.*`init`"):
        scope.param("kernel", None)
    with pytest.raises(errors.ScopeVariableNotFoundError, match="'/encoder'.*'var'.*'stats'"):
        scope.variable("stats", "var", lambda: 1)
    with pytest.raises(errors.InvalidRngError, match="'/encoder'.*'dropout'.*rngs="):
        scope.make_rng("dropout")
