"""Which recipe?"""
