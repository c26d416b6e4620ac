"""The web page: what operators watch and steer Databus with."""
