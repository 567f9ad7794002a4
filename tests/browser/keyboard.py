"""A person who uses the app without a mouse and without seeing it: keys, roles and names, nothing else."""

from __future__ import annotations

from typing import Any, NamedTuple

FARTHEST = 90
SEEN = """() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  const shown = at.closest('.choice, .segments label, .schemes label') ?? at;
  const marks = [at, shown, at.nextElementSibling].filter(Boolean).map((one) => getComputedStyle(one));
  return {
    lost: at === document.body || at === document.documentElement,
    visible: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: marks.some((one) => one.outlineStyle !== 'none' && parseFloat(one.outlineWidth) >= 2),
  };
}"""


class At(NamedTuple):
    """What the keyboard is at, as a screen reader says it."""

    role: str
    name: str
    description: str = ""
    invalid: bool = False


class Keyboard:
    """Tab, Enter and Space on a page of playwright; what is found is found by role and accessible name."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self._tree = page.context.new_cdp_session(page)

    def at(self) -> At:
        """Role, name, description and whether it is told as wrong, from the browser's accessibility tree."""
        found = self._tree.send("Runtime.evaluate", {"expression": "document.activeElement"})
        told = self._tree.send(
            "Accessibility.getPartialAXTree",
            {"objectId": found["result"]["objectId"], "fetchRelatives": False},
        )["nodes"][0]
        facts = {one["name"]: one["value"].get("value") for one in told.get("properties", ())}

        def text(key: str) -> str:
            return str(told.get(key, {}).get("value", "")).strip()

        return At(text("role"), text("name"), text("description"), facts.get("invalid") == "true")

    def to(self, role: str, name: str) -> At:
        """Tab to a control whose name holds `name`; what stands in between is where one can see it.

        Raises:
            AssertionError: nothing like that is reached, or the focus is lost or cannot be seen on the way.
        """
        passed = []
        for _ in range(FARTHEST):
            here = self.at()
            if here.role == role and name in here.name:
                seen = self.page.evaluate(SEEN)
                assert seen["visible"], f"{here} has the focus where nobody sees it"
                assert seen["marked"], f"{here} has the focus, and nothing shows it"
                return here
            passed.append(here)
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no {role} {name!r} is reached by Tab: {passed}")

    def press(self, role: str, name: str, key: str = "Enter") -> None:
        """Go to a control and press a key."""
        self.to(role, name)
        self.page.keyboard.press(key)

    def go(self, role: str, name: str) -> None:
        """Go to a control and press Enter, which leads to another page."""
        self.to(role, name)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, role: str, name: str, text: str) -> None:
        """Go to a field and write over what stands in it."""
        self.to(role, name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def lost(self) -> bool:
        """Whether the focus is nowhere."""
        return bool(self.page.evaluate(SEEN)["lost"])
