"""What travels on the bus: typed events, their wire form and the topics that carry them."""
