"""The fields of a referral as people know them: what a form calls them, what would be right, how they are asked for."""

import re
from collections.abc import Mapping

from bot.ace import model
from bot.ace.draft import FROM_SALESFORCE
from bot.ace.values import USE_CASES
from bot.action import Ask
from bot.deal import Frozen


class Field(Frozen):
    """One question about a referral."""

    name: str  # of the draft's field
    caption: str
    right: str  # what would be right, to follow "set it to"
    paths: tuple[str, ...]  # what AWS calls it
    ask: Ask = Ask.TEXT
    shape: str | None = None  # the enumeration to choose from
    required: bool = False  # whatever else is answered
    hint: str | None = None

    @property
    def fact(self) -> str | None:
        """The fact it is taken from."""
        return FROM_SALESFORCE.get(self.name)

    @property
    def options(self) -> tuple[str, ...]:
        """The values to choose from, where AWS lists them."""
        if self.name == "use_case":
            return USE_CASES
        return model.options(self.shape) if self.shape else ()


_ADDRESS = "Customer.Account.Address"

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field(
            name="use_case",
            caption="Customer use case",
            right="one of AWS's 39 use cases",
            paths=("Project.CustomerUseCase",),
            ask=Ask.CHOICE,
            required=True,
        ),
        Field(
            name="delivery_models",
            caption="Delivery models",
            right="at least one of AWS's delivery models",
            paths=("Project.DeliveryModels",),
            ask=Ask.CHOICES,
            shape="DeliveryModel",
            required=True,
        ),
        Field(
            name="sales_activities",
            caption="Sales activities so far",
            right="at least one of AWS's sales activities",
            paths=("Project.SalesActivities",),
            ask=Ask.CHOICES,
            shape="SalesActivity",
            required=True,
        ),
        Field(
            name="primary_needs",
            caption="What is needed from AWS",
            right="at least one need",
            paths=("PrimaryNeedsFromAws",),
            ask=Ask.CHOICES,
            shape="PrimaryNeedFromAws",
            hint="Co-Sell needs at least one.",
        ),
        Field(
            name="solutions",
            caption="Solutions",
            right="one to ten of your active solutions",
            paths=("Solutions",),
            ask=Ask.CHOICES,
            required=True,
        ),
        Field(
            name="involvement",
            caption="AWS involvement",
            right="Co-Sell, or for visibility only",
            paths=("AwsSubmission",),
            ask=Ask.CHOICE,
            required=True,
            hint="Co-Sell cannot go back to visibility only.",
        ),
        Field(
            name="aws_monthly_spend",
            caption="Expected AWS spend per month",
            right="an amount above 0 in US dollars",
            paths=("Project.ExpectedCustomerSpend",),
            ask=Ask.NUMBER,
            required=True,
            hint="What the customer will pay AWS each month, not the size of your deal. Like 12500 or 12500.50.",
        ),
        Field(
            name="business_problem",
            caption="Customer business problem",
            right="a text of 20 to 2,000 characters",
            paths=("Project.CustomerBusinessProblem",),
            ask=Ask.LONG_TEXT,
            required=True,
            hint="20 to 2,000 characters.",
        ),
        Field(
            name="industry",
            caption="Industry",
            right="one of AWS's 28 industries",
            paths=("Customer.Account.Industry",),
            ask=Ask.CHOICE,
            shape="Industry",
            required=True,
        ),
        Field(
            name="other_industry",
            caption="Other industry",
            right="the industry's name, at most 255 characters",
            paths=("Customer.Account.OtherIndustry",),
            hint="Only with the industry Other.",
        ),
        Field(
            name="website",
            caption="Website",
            right="an address like https://www.company.com",
            paths=("Customer.Account.WebsiteUrl",),
            required=True,
        ),
        Field(
            name="country",
            caption="Country",
            right="a country's two-letter code or English name",
            paths=(f"{_ADDRESS}.CountryCode",),
            required=True,
            hint="Like US or United States.",
        ),
        Field(
            name="state",
            caption="State or region",
            right="the full name of a US state",
            paths=(f"{_ADDRESS}.StateOrRegion",),
            hint="Needed in the United States.",
        ),
        Field(
            name="postal_code",
            caption="Postal code",
            right="a postal code of its country",
            paths=(f"{_ADDRESS}.PostalCode",),
            hint="Needed wherever the country has postal codes.",
        ),
        Field(
            name="target_close_date",
            caption="Target close date",
            right="a day after today",
            paths=("LifeCycle.TargetCloseDate",),
            ask=Ask.DATE,
            required=True,
        ),
        Field(
            name="stage",
            caption="AWS stage",
            right="one of AWS's stages",
            paths=("LifeCycle.Stage", "LifeCycle.ClosedLostReason"),
            ask=Ask.CHOICE,
            shape="Stage",
        ),
        Field(
            name="opportunity_type",
            caption="Opportunity type",
            right="one of AWS's opportunity types",
            paths=("OpportunityType",),
            ask=Ask.CHOICE,
            shape="OpportunityType",
        ),
        Field(
            name="contacts",
            caption="Contacts shared with AWS",
            right="contacts that AWS takes",
            paths=("Customer.Contacts",),
            ask=Ask.CHOICES,
            hint="Their names, addresses and numbers go to AWS.",
        ),
        Field(
            name="project_title",
            caption="Project title",
            right="a title of at most 255 characters",
            paths=("Project.Title",),
            required=True,
        ),
        Field(
            name="next_steps",
            caption="Next steps",
            right="a text of at most 255 characters",
            paths=("LifeCycle.NextSteps",),
        ),
        Field(
            name="competitor",
            caption="Competitor",
            right="a competitor's name, at most 255 characters",
            paths=("Project.CompetitorName", "Project.OtherCompetitorNames"),
            hint="Like Google Cloud Platform, Microsoft Azure, On-Prem, No Competition, or any other name.",
        ),
        Field(
            name="products",
            caption="AWS products",
            right="at most 20 of AWS's product identifiers",
            paths=("AwsProducts",),
            hint="AWS's identifiers, separated by commas.",
        ),
        Field(
            name="national_security",
            caption="National security",
            right="Yes or No",
            paths=("NationalSecurity",),
            ask=Ask.CHOICE,
            shape="NationalSecurity",
        ),
        Field(
            name="company",
            caption="Company",
            right="the customer's name, at most 120 characters",
            paths=("Customer.Account.CompanyName",),
            required=True,
        ),
        Field(
            name="duns",
            caption="D-U-N-S number",
            right="nine digits",
            paths=("Customer.Account.Duns",),
            hint="Nine digits.",
        ),
        Field(
            name="city",
            caption="City",
            right="a name of at most 255 characters",
            paths=(f"{_ADDRESS}.City",),
        ),
        Field(
            name="street",
            caption="Street",
            right="a text of at most 255 characters",
            paths=(f"{_ADDRESS}.StreetAddress",),
            ask=Ask.LONG_TEXT,
        ),
    )
}
"""By name, in the order in which a form asks: first what no record knows, last what is seldom wrong."""


def field_of(path: str) -> Field | None:
    """The field that a member of a request belongs to; None for what people do not fill in."""
    plain = re.sub(r"\[\d+\]", "", path)
    belonging = [
        (len(known), field)
        for field in FIELDS.values()
        for known in field.paths
        if plain == known or plain.startswith(f"{known}.")
    ]
    return max(belonging, key=lambda found: found[0])[1] if belonging else None
