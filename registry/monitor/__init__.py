"""The monitor: follows a registry's public log from outside and names whatever it should not have done."""
