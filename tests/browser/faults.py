"""What a page may not do unseen: script errors, refused content, missing files, server errors, scroll sideways."""

from playwright.sync_api import ConsoleMessage, Page, Response

# Chromium writes a refused form (422) or an absent object (404) to the console as well; those are answers.
STATUS_MESSAGE = "Failed to load resource"
# htmx calls it an error that a newer request takes the place of an older one, which is what hx-sync is for.
ABORTED = ("htmx:sendAbort", "htmx:afterRequest")
HARMLESS = (STATUS_MESSAGE, *ABORTED)
STICKING_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(0, 12).map((each) => `${each.localName}.${each.className}`)"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOKS = 20
A_LOOK_MS = 100
FILES = {"script", "stylesheet", "font", "image"}


class FaultWatch:
    """Collects the faults of one page from the moment it is made."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self.hear)
        page.on("response", self.look_at)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(HARMLESS):
            self.faults.append(f"console: {message.text}")

    def look_at(self, response: Response) -> None:
        missing_file = response.status >= 400 and response.request.resource_type in FILES
        if response.status >= 500 or missing_file:
            self.faults.append(f"{response.status} for {response.url}")

    def require_none(self) -> None:
        assert not self.faults, "\n".join(self.faults)


def too_wide(page: Page) -> int:
    """Pixels by which the page is wider than its screen, once charts had the time to follow a screen that changed.

    A phone's innerWidth grows with the page and tells nothing. The page's own waiting evaluates a string in the
    page, which its content policy refuses; hence the looks from outside.
    """
    for _ in range(LOOKS):
        if page.evaluate(WIDER) <= 0:
            break
        page.wait_for_timeout(A_LOOK_MS)
    pixels: int = page.evaluate(WIDER)
    return pixels


def sticking_out(page: Page) -> str:
    """What ends right of the screen, the outermost first."""
    return ", ".join(page.evaluate(STICKING_OUT))


def require_no_sideways_scroll(page: Page) -> None:
    assert too_wide(page) == 0, f"{page.url} is {too_wide(page)} px wider than the screen: {sticking_out(page)}"
