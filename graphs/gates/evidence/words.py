"""What obstacles, reasons and falls are called, for people; translated where they are shown."""

from savoirfaire.errors import Phrase
from savoirfaire.graphs.gates.evidence.drawing import Reason
from savoirfaire.graphs.gates.evidence.rubric import Finding
from savoirfaire.graphs.gates.evidence.standing import Obstacle
from savoirfaire.graphs.gates.evidence.state import Fall

OBSTACLES: dict[Obstacle, Phrase] = {
    "": Phrase("the next step may be taken"),
    "never lifts": Phrase("people keep this gate"),
    "at the floor": Phrase("there is no further step"),
    "no seed caught": Phrase("no planted item was caught yet"),
    "not enough evidence": Phrase("more clean reviews are needed"),
}

REASONS: dict[Reason, Phrase] = {
    "stopped": Phrase("everything is stopped"),
    "never lifts": Phrase("people keep this gate"),
    "policy changed": Phrase("the policy changed"),
    "fingerprint changed": Phrase("the prompt, the model, the graph or its tools changed"),
    "flag": Phrase("a risk was found in the item"),
    "full review": Phrase("every item is reviewed"),
    "drawn": Phrase("drawn for review"),
    "not drawn": Phrase("not drawn for review"),
}

FALLS: dict[Fall, Phrase] = {
    "": Phrase("never sent back"),
    "alarm": Phrase("too many checked items were bad"),
    "incident": Phrase("a severe incident"),
    "fingerprint": Phrase("the prompt, the model, the graph or its tools changed"),
    "policy": Phrase("the policy changed"),
    "person": Phrase("a person sent it back"),
}

FINDINGS: dict[Finding, Phrase] = {
    "unchanged": Phrase("approved unchanged"),
    "cosmetic": Phrase("a cosmetic edit"),
    "tone": Phrase("an edit of tone"),
    "material": Phrase("an edit of substance"),
    "factual": Phrase("an edit of fact"),
    "legal": Phrase("a legal edit"),
    "rejected": Phrase("rejected"),
    "expired": Phrase("never answered"),
}
