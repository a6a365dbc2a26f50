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

_DIAL = """
    action method timeout hangupOnStar timeLimit callerId record trim recordingStatusCallback
    recordingStatusCallbackMethod recordingStatusCallbackEvent recordingTrack answerOnBridge
    ringTone sequential referUrl referMethod events
"""
_LEG_EVENTS = "statusCallback statusCallbackMethod statusCallbackEvent"
_NUMBER = f"""
    sendDigits url method byoc machineDetection amdStatusCallback amdStatusCallbackMethod
    machineDetectionTimeout {_LEG_EVENTS}
"""
_ENQUEUE = """
    action maxQueueSize method waitUrl waitUrlMethod workflowSid
"""
_RECORDING = """
    recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent trim track
    channels recordingConfigurationId
"""
_GATHER = """
    input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits
    partialResultCallback partialResultCallbackMethod language hints bargeIn debug
    actionOnEmptyResult speechModel enhanced
"""

KNOWN_ATTRIBUTES = {
    "Connect": frozenset({"action", "method"}),
    "ConversationRelay": frozenset(_RELAY.split()),
    "Language": frozenset(_LANGUAGE.split()),
    "Parameter": frozenset({"name", "value"}),
    "Say": frozenset({"voice", "language", "loop"}),
    "Play": frozenset({"loop", "digits"}),
    "Pause": frozenset({"length"}),
    "Redirect": frozenset({"method"}),
    "Hangup": frozenset[str](),
    "Reject": frozenset({"reason"}),
    "Dial": frozenset(_DIAL.split()),
    "Number": frozenset(_NUMBER.split()),
    "Sip": frozenset(f"username password url method {_LEG_EVENTS}".split()),
    "Client": frozenset(f"url method {_LEG_EVENTS}".split()),
    "Enqueue": frozenset(_ENQUEUE.split()),
    "Task": frozenset({"priority", "timeout"}),
    "Recording": frozenset(_RECORDING.split()),
    "Gather": frozenset(_GATHER.split()),
}
