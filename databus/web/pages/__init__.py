"""The pages: each module has its addresses and the functions that gather what they show."""
