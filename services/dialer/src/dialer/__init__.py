"""The dialer: owns campaigns and their outbound attempts; calls nobody twice, loses nobody."""
