"""A deal's story as people see it: in a real browser, with the real bot behind it."""

import re

from playwright.sync_api import expect

from sandbox.page import Page
from sandbox.world import World
from tests.browser.conftest import DEAL, MERIDIAN, NORTHWIND, Person, Somebody

READY = "Meridian signed off on the budget. Let's submit the referral to AWS."
LENA = "Lena has confirmed the budget. Let's submit the referral to AWS."
ANAS = "006000000000001AAA"
SCORE = "P2B came back at 82"


def linked(somebody: Somebody, user: str = "U0BEN", channel: str = MERIDIAN, deal: str = DEAL) -> Person:
    """Somebody in a channel that they have linked to a deal."""
    person = somebody(user, channel)
    person.say(f"/cosell link {deal}")
    expect(person.message("This channel is now about")).to_be_visible()
    return person


def anas(somebody: Somebody) -> Person:
    """Ana in her own deal's channel, which is shared with nobody."""
    return linked(somebody, "U0ANA", NORTHWIND, ANAS)


def scored(person: Person, text: str = SCORE) -> None:
    """Say a score and open the thread with the card it causes."""
    person.say(text)
    person.open_thread(text)
    expect(person.thread.get_by_role("button", name="Approve")).to_be_visible()


def test_a_newcomer_gets_from_a_message_to_a_verified_referral(
    world: World, page: Page, somebody: Somebody
) -> None:
    """With nothing but the page: say it, complete it, approve it; AWS has it, and the thread and the ledger say so."""
    ana = anas(somebody)
    ana.say(LENA)
    thread = ana.open_thread(LENA)
    thread.get_by_role("button", name="Complete details").click()
    complete(ana)
    thread.get_by_role("button", name="Approve").click()
    expect(thread.get_by_text("Submitted Northwind - fleet telemetry lake to AWS").first).to_be_visible()
    (referral,) = [
        o for o in world.partner_central.opportunities() if o["PartnerOpportunityIdentifier"] == ANAS
    ]
    assert referral["LifeCycle"]["ReviewStatus"] == "Submitted"
    expect(ana.records("AWS").get_by_text(referral["Id"]).first).to_be_visible()
    ana.picture("submitted")
    expect(ana.records("Ledger").get_by_text("unbroken")).to_be_visible()


def complete(person: Person) -> None:
    """Fill in what the form asks for and send it."""
    dialog = person.dialog
    expect(dialog).to_be_visible()
    for label, choice in FILL.items():
        pick(person, label, choice)
    dialog.get_by_role("button", name=re.compile("Save|Submit")).click()
    expect(dialog).to_be_hidden()


FILL = {
    "Solutions": "Brightlane Data Platform",
    "What is needed from AWS": "Co-Sell - Deal Support",
    "Customer use case": "Storage & Backup",
    "Delivery models": "SaaS or PaaS",
    "Sales activities so far": "Customer has shown interest in solution",
}
"""What Meridian's referral lacks in Salesforce: the field's label, and what Ben chooses."""


def pick(person: Person, label: str, choice: str) -> None:
    """Choose an option in a menu or a list of boxes of the open form."""
    boxes = person.dialog.get_by_role("group", name=label).get_by_role("checkbox", name=choice)
    if boxes.count():
        boxes.first.check()
        return
    person.dialog.get_by_label(label, exact=False).first.click()
    person.tab.get_by_role("option", name=choice, exact=True).first.click()
    if person.tab.get_by_role("listbox").is_visible():  # one for several choices stays open
        person.tab.keyboard.press("Escape")


def test_a_member_of_the_partners_company_cannot_approve_our_side(
    world: World, page: Page, somebody: Somebody
) -> None:
    """Pat of AWS sees a bare card in the shared channel, wants to look behind it, and is told; nothing is written."""
    ben = linked(somebody)
    ben.say(SCORE)
    ben.open_thread(SCORE)
    expect(ben.thread.get_by_role("button", name="View details")).to_be_visible()
    pat = somebody("U0PAT")
    thread = pat.open_thread(SCORE)
    expect(thread.get_by_role("button", name="Approve")).to_have_count(0)
    thread.get_by_role("button", name="View details").click()
    refusal = "The details are for people of the company that runs this bot"
    expect(pat.tab.get_by_text(refusal)).to_be_visible()
    expect(ben.tab.get_by_text(refusal)).to_have_count(0)
    assert "Meridian - fraud analytics" not in thread.inner_text()
    assert world.salesforce.record(DEAL)["P2B_Score__c"] is None
    pat.picture("outsider")


def test_in_a_shared_channel_one_approves_behind_the_details(
    world: World, page: Page, somebody: Somebody
) -> None:
    """Ben opens what Pat cannot see, and approves there; the card in the channel stays bare."""
    ben = linked(somebody)
    ben.say(SCORE)
    ben.open_thread(SCORE)
    ben.thread.get_by_role("button", name="View details").click()
    expect(ben.dialog.get_by_text("Meridian - fraud analytics").first).to_be_visible()
    ben.picture("details")
    ben.dialog.get_by_role("button", name="Approve").click()
    expect(ben.thread.get_by_text("done and read back").first).to_be_visible()
    assert world.salesforce.record(DEAL)["P2B_Score__c"] == 82
    assert "Meridian - fraud analytics" not in ben.thread.inner_text()


def test_a_large_referral_says_whose_approval_is_still_needed(
    world: World, page: Page, somebody: Somebody
) -> None:
    """Ana approves, the card turns to Dana; with her approval AWS has it, in Ana's name."""
    world.salesforce.change(ANAS, user="ben.okafor@brightlane.example", Amount=1_500_000)
    ana = anas(somebody)
    ana.say(LENA)
    thread = ana.open_thread(LENA)
    thread.get_by_role("button", name="Complete details").click()
    complete(ana)
    thread.get_by_role("button", name="Approve").click()
    expect(thread.get_by_text("Still needed:")).to_be_visible()
    expect(thread.get_by_role("button", name="Override")).to_be_visible()
    ana.picture("still-needed", thread.get_by_text("Waits until"))
    assert not [o for o in world.partner_central.opportunities() if o["PartnerOpportunityIdentifier"] == ANAS]
    dana = somebody("U0DANA", NORTHWIND)
    dana.open_thread(LENA).get_by_role("button", name="Approve").click()
    expect(ana.thread.get_by_text("Submitted Northwind - fleet telemetry lake to AWS").first).to_be_visible()


def test_a_wrong_answer_is_shown_at_its_field_and_a_good_one_is_taken(
    world: World, page: Page, somebody: Somebody
) -> None:
    """An edit that the bot refuses keeps what was typed and says why at the field; the mended one becomes the card."""
    ana = anas(somebody)
    scored(ana)
    ana.thread.get_by_role("button", name="Edit").click()
    field = ana.dialog.get_by_label("P2B Score", exact=False).first
    field.fill("182")
    ana.dialog.get_by_role("button", name=re.compile("Save|Submit")).click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("182")
    ana.picture("wrong-answer")
    field.fill("91")
    ana.dialog.get_by_role("button", name=re.compile("Save|Submit")).click()
    expect(ana.dialog).to_be_hidden()
    expect(ana.thread.get_by_text("91").first).to_be_visible()
    ana.thread.get_by_role("button", name="Approve").click()
    expect(ana.thread.get_by_text("Updated P2B Score").first).to_be_visible()
    assert world.salesforce.record(ANAS)["P2B_Score__c"] == 91


def test_a_deal_that_moved_on_returns_to_pending_with_the_change_marked(
    world: World, page: Page, somebody: Somebody
) -> None:
    """Somebody edits the deal in Salesforce after the card was drawn: the approval writes nothing and asks again."""
    ana = anas(somebody)
    scored(ana, "Next step: send the order form")
    world.salesforce.change(ANAS, user="mei.tanaka@brightlane.example", NextStep="Mei's own next step")
    ana.thread.get_by_role("button", name="Approve").click()
    expect(ana.thread.get_by_text(re.compile("moved on|changed since", re.IGNORECASE)).first).to_be_visible()
    expect(ana.thread.get_by_text("Mei's own next step").first).to_be_visible()
    ana.picture("moved-on")
    assert world.salesforce.record(ANAS)["NextStep"] == "Mei's own next step"
    ana.thread.get_by_role("button", name="Approve").click()
    expect(ana.thread.get_by_text("Updated Next Step").first).to_be_visible()
    assert world.salesforce.record(ANAS)["NextStep"].lower() == "send the order form"


def test_what_a_killed_worker_was_to_do_is_done_when_there_is_a_worker_again(
    world: World, page: Page, somebody: Somebody
) -> None:
    """The worker is killed from the page: the approval waits, and the next worker does it, once."""
    ana = anas(somebody)
    scored(ana)
    panel = ana.records("Break it")
    panel.get_by_role("button", name="Kill the worker").click()
    expect(panel.get_by_role("button", name="Start the worker")).to_be_visible()
    ana.thread.get_by_role("button", name="Approve").click()
    ana.records("Ledger").get_by_text("proposal.approved").first.wait_for()
    ana.picture("worker-killed")
    ana.records("Break it").get_by_role("button", name="Start the worker").click()
    expect(ana.thread.get_by_text("Updated P2B Score").first).to_be_visible(timeout=40_000)
    changes = [row for row in world.salesforce.history(ANAS) if row["field"] == "P2B_Score__c"]
    assert [row["new"] for row in changes] == [82]


def test_the_home_tab_leads_to_the_card_that_waits(world: World, page: Page, somebody: Somebody) -> None:
    """The partner manager opens the app's Home tab, sees what waits for her, and gets to its card by one press."""
    scored(anas(somebody))
    mei = somebody("U0MEI")
    mei.tab.locator("#sidebar").get_by_role("button", name="Co-sell").last.click()
    expect(mei.channel.get_by_text("Update P2B Score and P2B Score Date")).to_be_visible()
    mei.channel.get_by_role("button", name="Open card").click()
    expect(mei.thread.get_by_role("button", name="Approve")).to_be_visible()


def test_the_tour_leads_through_the_deal_in_six_steps(world: World, page: Page, somebody: Somebody) -> None:
    """Each step takes the newcomer where it happens, ticks itself off when it has happened, and can be skipped."""
    ben = somebody("U0BEN")
    ben.tab.get_by_role("button", name="Tour", exact=True).click()
    tour = ben.tab.get_by_role("region", name="Guided tour")
    ben.be("U0MEI")
    tour.get_by_role("button", name="Take me there").click()
    expect(ben.tab.get_by_label("The person you are")).to_have_value("U0BEN")
    for text in ("/cosell link", READY[:20]):
        tour.get_by_role("button", name="Write it for me").click()
        expect(ben.composer).to_have_value(re.compile(re.escape(text)))
        ben.composer.press("Enter")
        expect(tour.get_by_text("Done")).to_be_visible()
        tour.get_by_role("button", name="Next").click()
    ben.open_thread(READY).get_by_role("button", name="Complete details").click()
    complete(ben)
    expect(tour.get_by_text("Done")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    expect(ben.tab.get_by_label("The person you are")).to_have_value("U0PAT")
    ben.thread.get_by_role("button", name="View details").click()
    expect(tour.get_by_text("Done")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    expect(ben.tab.get_by_label("The person you are")).to_have_value("U0BEN")
    ben.thread.get_by_role("button", name="View details").click()
    ben.dialog.get_by_role("button", name="Approve").click()
    expect(tour.get_by_text("Done")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    tour.get_by_role("button", name="Show me").click()
    expect(tour.get_by_text("Done")).to_be_visible()
    tour.get_by_role("button", name="Next").click()
    tour.get_by_role("button", name="Close").click()
    expect(tour).to_be_hidden()
    ben.tab.reload()
    expect(tour).to_be_hidden()
