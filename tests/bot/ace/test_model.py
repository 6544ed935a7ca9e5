"""What the service model itself says about a request."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ace.countries import NAMES
from bot.ace.model import Code, options, violations, wire

GIVEN = {"Catalog": "Sandbox", "ClientToken": "5f0c1a52-6a7e-4a55-9a0a-3f3f1f7f2a10"}


def found(**payload: Any) -> list[tuple[str, Code]]:
    return [(one.path, one.code) for one in violations("CreateOpportunity", {**GIVEN, **payload})]


def test_a_sound_request_has_no_violation() -> None:
    """What fits the model passes."""
    assert found(Customer={"Account": {"CompanyName": "Example Freight"}}, Origin="Partner Referral") == []


@pytest.mark.parametrize(
    ("payload", "path", "code"),
    [
        ({"Customer": {"Account": {}}}, "Customer.Account.CompanyName", Code.MISSING),
        ({"Projekt": {}}, "Projekt", Code.VALUE),
        ({"LifeCycle": {"Stage": "Won"}}, "LifeCycle.Stage", Code.ENUM),
        ({"PrimaryNeedsFromAws": ["Co-Sell—Deal Support"]}, "PrimaryNeedsFromAws[0]", Code.ENUM),
        ({"Project": {"Title": 7}}, "Project.Title", Code.VALUE),
        ({"Project": {"Title": None}}, "Project.Title", Code.VALUE),
        ({"Project": {"CustomerBusinessProblem": "x" * 19}}, "Project.CustomerBusinessProblem", Code.FORMAT),
        (
            {"Project": {"CustomerBusinessProblem": "x" * 2001}},
            "Project.CustomerBusinessProblem",
            Code.FORMAT,
        ),
        ({"Customer": {"Contacts": [{"Email": "A@b.example"}]}}, "Customer.Contacts[0].Email", Code.FORMAT),
        ({"Customer": {"Contacts": [{"Phone": "+٤٤٢٠"}]}}, "Customer.Contacts[0].Phone", Code.FORMAT),
        ({"OpportunityTeam": [{"LastName": "A"}] * 11}, "OpportunityTeam", Code.TOO_MANY),
        ({"Tags": []}, "Tags", Code.TOO_FEW),
        ({"Tags": [{"Key": "a*b", "Value": ""}]}, "Tags[0].Key", Code.FORMAT),
        ({"Customer": []}, "Customer", Code.VALUE),
        ({"Project": {"DeliveryModels": "SaaS"}}, "Project.DeliveryModels", Code.VALUE),
    ],
)
def test_each_kind_of_misfit_is_named_with_its_path(payload: dict[str, Any], path: str, code: Code) -> None:
    """A misfit comes out once, at its own place, with AWS's code."""
    assert found(**payload) == [(path, code)]


def test_tags_may_hold_letters_of_any_script() -> None:
    """The model's Java character classes mean the same here."""
    assert found(Tags=[{"Key": "Größe 二", "Value": "é-1"}]) == []


def test_a_long_text_may_have_line_breaks() -> None:
    """A business problem of several lines is one text."""
    assert found(Project={"CustomerBusinessProblem": "first line of it\nsecond line of it"}) == []


def test_a_length_is_told_in_characters() -> None:
    """The sentence about a short text says how many characters it needs."""
    (violation,) = violations("CreateOpportunity", {**GIVEN, "Project": {"CustomerBusinessProblem": "short"}})
    assert violation.problem == (
        "Project.CustomerBusinessProblem does not meet minimum length requirement of 20 characters."
    )


def test_paths_are_spelled_as_aws_spells_them() -> None:
    """Messages carry lower camel case and members counted from one."""
    assert wire("Project.ExpectedCustomerSpend[0].Amount") == "project.expectedCustomerSpend.1.member.amount"


def test_the_closed_lists_are_those_this_version_was_written_for() -> None:
    """A new botocore that changes a list of AWS is noticed here before it is noticed by a seller."""
    shapes = ("Industry", "Stage", "DeliveryModel", "SalesActivity", "PrimaryNeedFromAws", "CompetitorName")
    assert [len(options(shape)) for shape in shapes] == [28, 7, 6, 8, 8, 11]
    assert set(options("CountryCode")) == set(NAMES)


def test_only_enumerations_have_options() -> None:
    """A shape without a closed list is a mistake of the caller."""
    with pytest.raises(ValueError, match="no enumeration"):
        options("ClientToken")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Customer", "Account", "Project", "Title", "Tags", "x y"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["Customer", "Project", "LifeCycle", "Tags", "Marketing"]), json))
def test_any_json_is_answered_with_one_violation_a_path(payload: dict[str, Any]) -> None:
    """Whatever is given, the answer is a list of violations without duplicates, never an error."""
    paths = [path for path, _ in found(**payload)]
    assert len(paths) == len(set(paths))
