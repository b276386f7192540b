"""Identifiers of generated code stay clear of everything that has its name already."""

from streamflow.ir import identifiers
from streamflow.target import kernel
from streamflow_runtime.idleness import Kernel
from streamflow_runtime.projecting import Projecting
from streamflow_runtime.stopping_kernel import StoppingKernel


def test_attributes_of_the_base_classes_are_not_given_to_nodes():
    class Everything(StoppingKernel, Projecting, Kernel):
        pass

    public = {name for name in dir(Everything()) if not name.startswith("_")}
    assert public == identifiers._ATTRIBUTES


def test_names_that_meet_are_told_apart():
    names = ["a-b", "a_b", "a", "a_count", "class", "len", "fire"]
    found = identifiers.node_identifiers(names, {name: {"a_b_2"} for name in names})
    assert list(found.values()) == ["a_b", "a_b_node", "a", "a_count_node", "class_", "len_node", "fire_node"]


def test_no_function_of_the_program_takes_a_name_of_the_runtime():
    assert {*kernel._MODULES, "BaseKernel"} == identifiers.RUNTIME
