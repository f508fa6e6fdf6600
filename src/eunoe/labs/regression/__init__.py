"""The regression lab: is in-context ridge regression lost, or only suppressed?"""
