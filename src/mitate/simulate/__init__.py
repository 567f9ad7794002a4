"""Simulated patients, made from the free body model Anny. Nothing here is imported by what runs in a clinic.

Every number obtained from these patients is a number about simulated patients, and is labelled so.
"""
