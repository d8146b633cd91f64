"""What a page may not do unseen: script errors, refused content, missing files, server errors."""

from playwright.sync_api import ConsoleMessage, Page, Response

# Chromium writes a refused form (422) or an absent object (404) to the console as well; those are answers.
STATUS_MESSAGE = "Failed to load resource"
FILES = {"script", "stylesheet", "font", "image"}


class FaultWatch:
    """Collects the faults of one page from the moment it is made."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("console", self.hear)
        page.on("response", self.look_at)

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(STATUS_MESSAGE):
            self.faults.append(f"console: {message.text}")

    def look_at(self, response: Response) -> None:
        missing_file = response.status >= 400 and response.request.resource_type in FILES
        if response.status >= 500 or missing_file:
            self.faults.append(f"{response.status} for {response.url}")

    def require_none(self) -> None:
        assert not self.faults, "\n".join(self.faults)
