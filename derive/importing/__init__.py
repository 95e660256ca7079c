"""Networks of other libraries turned into problems; none of those libraries is imported before it is asked for."""
