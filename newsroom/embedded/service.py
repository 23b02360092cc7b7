"""What the launcher knows of each thing it starts."""

from dataclasses import dataclass

from newsroom.embedded.children import Child


@dataclass
class Service:
    title: str
    child: Child

    def is_ready(self) -> bool:
        """Whether it answers now."""
        return self.child.is_running

    def is_worth_another_try(self) -> bool:
        """Whether it ended for a reason that passes by itself."""
        return False
