"""The language lab: is in-context learning of a language model lost, or only suppressed?"""
