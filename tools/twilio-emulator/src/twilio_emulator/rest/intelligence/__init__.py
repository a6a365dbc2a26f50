"""Twilio's Conversational Intelligence: transcripts and results of what was said in calls."""
