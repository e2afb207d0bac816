"""Data: what am I measuring on, and is it sound?"""
