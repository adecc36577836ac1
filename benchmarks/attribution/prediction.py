"""What a method answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Prediction:
    """Probabilities of the changes and of none of them (key None), and of the mechanisms."""

    suspects: dict[str | None, float]
    mechanisms: dict[str, float]

    @property
    def mechanism(self) -> str:
        """The likeliest mechanism."""
        return max(self.mechanisms, key=lambda name: self.mechanisms[name])

    def to_dict(self) -> dict[str, object]:
        """The form of an answer of `cxlib investigate --json`, as far as it is judged."""
        rows = [{"change_id": name, "probability": chance} for name, chance in self.suspects.items()]
        return {"suspects": rows, "mechanism": self.mechanism}
