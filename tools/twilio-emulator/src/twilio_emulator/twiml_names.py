"""The attributes that Twilio knows; whatever else stands in TwiML it ignores without a word."""

_RELAY = """
    url welcomeGreeting welcomeGreetingInterruptible language ttsLanguage transcriptionLanguage
    ttsProvider voice transcriptionProvider speechModel profanityFilter dtmfDetection interruptible
    interruptSensitivity ignoreBackchannel reportInputDuringAgentSpeech preemptible partialPrompts
    partialPromptOnHangup hints speechTimeout eotThreshold eagerEotThreshold turnDetection
    echoPromptFiltering backgroundNoiseReduction deepgramSmartFormat asrSmartFormat
    elevenlabsTextNormalization ttsTextNormalization ttsLanguageTextNormalization
    elevenlabsLanguageTextNormalization includeInPrompt events debug intelligenceService
    conversationConfiguration conversationId customerName applicationReconnect
"""
_LANGUAGE = """
    code ttsProvider voice transcriptionProvider speechModel hints asrSmartFormat
    ttsTextNormalization ttsLanguageTextNormalization
"""

KNOWN_ATTRIBUTES = {
    "Connect": frozenset({"action", "method"}),
    "ConversationRelay": frozenset(_RELAY.split()),
    "Language": frozenset(_LANGUAGE.split()),
    "Parameter": frozenset({"name", "value"}),
    "Say": frozenset({"voice", "language", "loop"}),
    "Pause": frozenset({"length"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset[str](),
}
