"""Comments in a document that switch rules off and on: `<!-- vale Style.Rule = NO -->`."""

import json
import re
from dataclasses import dataclass, field

_ONE = re.compile(r"vale (.+\..+|[^.]+) = (YES|NO|on|off)")
_MATCHES = re.compile(r"vale (.+\..+)(\[.+\]) = (YES|NO)")
_STYLES = re.compile(r"vale styles? = (.*)")


@dataclass
class Remarks:
    """What comments say so far; `styles` are those the document is checked with."""

    styles: tuple[str, ...] = ()
    off: bool = False
    silent: dict[str, bool] = field(default_factory=dict)

    def read(self, comment: str) -> None:
        """Take one comment in; most say nothing."""
        if comment in {"vale off", "vale on"}:
            self.off = comment == "vale off"
        elif found := _MATCHES.fullmatch(comment):
            for match in _listed(found[2]):
                self.silent[f"{found[1]}[{match}]"] = found[3] == "NO"
        elif found := _ONE.fullmatch(comment):
            self.silent[found[1]] = found[2] in {"NO", "off"}
        elif found := _STYLES.fullmatch(comment):
            self.silent |= dict.fromkeys(self.styles, True)
            self.silent |= dict.fromkeys(found[1].split(", "), False)

    @property
    def speaks(self) -> bool:
        """Whether anything is switched at all."""
        return self.off or bool(self.silent)

    def silences(self, check: str) -> bool:
        """Whether a rule (or `rule[match]`) is switched off here."""
        if not self.speaks:
            return False
        style = check.partition(".")[0]
        return self.off or self.silent.get(style, False) or self.silent.get(check, False)

    def reset(self) -> None:
        """Forget all but a general `off`: the whole text is asked about next."""
        self.silent.clear()


def _listed(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [part for part in found if isinstance(part, str)]
