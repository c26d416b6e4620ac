"""Where clients, queue and logs live: the storage contract and the engines that keep it."""
