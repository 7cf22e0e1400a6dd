"""How a newsletter is written: learned from its past editions, and looked for in a new text.

profile = learn([Edition("2025-03-07.md", "2025-03-07", sha256, text), ...])
report = verify(draft, profile)
report.fits, report.score, [finding.message for finding in report.findings]
"""

from savoirfaire.agents.voice.guidance import guidance
from savoirfaire.agents.voice.profile import VoiceProfile, learn
from savoirfaire.agents.voice.reading import Edition
from savoirfaire.agents.voice.report import Finding, VoiceReport
from savoirfaire.agents.voice.verifier import verify

__all__ = ["Edition", "Finding", "VoiceProfile", "VoiceReport", "guidance", "learn", "verify"]
