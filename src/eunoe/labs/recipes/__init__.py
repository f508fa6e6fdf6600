"""The recipes lab: which recipe keeps what a base could do?"""
