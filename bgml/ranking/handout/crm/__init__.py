"""The files that CRMs import."""
