"""Names of what is traced: OpenTelemetry's for generative AI, and our own beside them.

OpenTelemetry's may still change (semantic conventions for generative AI, in development); they
stand here and nowhere else.
"""

SCOPE = "savoirfaire"

OPERATION = "gen_ai.operation.name"
WORKFLOW = "gen_ai.workflow.name"
CONVERSATION = "gen_ai.conversation.id"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
ERROR_TYPE = "error.type"

INVOKE_WORKFLOW = "invoke_workflow"
CHAT = "chat"

CLIENT = "savoirfaire.client"
STEP = "savoirfaire.step"
PAUSED = "savoirfaire.paused"
ABSTAINED = "savoirfaire.abstained"

TRACED = "run.traced"
"""The event of a run that keeps where its last trace is, for the next to point to."""
TRACEPARENT = "traceparent"
