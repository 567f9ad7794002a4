"""Facial diagnosis: from face recognition to classes with few photos, and a gallery for rare ones."""
