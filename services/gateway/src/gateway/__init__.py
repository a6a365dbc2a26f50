"""The gateway: terminates Twilio's webhooks and ConversationRelay sockets; owns live calls."""
